package import Storage
internal import Support

/// A container that was removed to reach the file system.
package enum Container: Equatable, Sendable {
  /// A U-Boot image, and where its header is in the bytes that held it.
  case uImage(UImage, offset: UInt64)
  /// A flattened image tree, U-Boot's newer format, and the range of its blob.
  case flattenedImageTree(offset: UInt64)
  /// An archive, and the name of the member that was taken.
  case archive(ContainerFormat, member: String)
  /// Compressed data without an archive in them.
  case compressed(ContainerFormat)
  /// A hexadecimal dump as text, and the addresses of its bytes.
  case hexDump(addresses: Range<UInt64>)
  /// A dump of a NAND flash with its spare areas, whose layout was detected or given.
  case spareAreas(NANDPageLayout, isFound: Bool)
  /// A volume of a UBI device.
  case ubiVolume(UBIVolumeDescription)
}

extension Container {
  var isSpareAreas: Bool {
    if case .spareAreas = self { true } else { false }
  }

  /// Whether what is in it was unpacked to a temporary file.
  package var isUnpacked: Bool {
    switch self {
    case .archive, .compressed, .hexDump: true
    case .uImage, .flattenedImageTree, .spareAreas, .ubiVolume: false
    }
  }

  package var isUBIVolume: Bool {
    if case .ubiVolume = self { true } else { false }
  }
}

extension Container {
  /// The kind, without its name.
  var kind: String {
    switch self {
    case .uImage: "the U-Boot image"
    case .flattenedImageTree: "the FIT image"
    case .archive(let format, _): "the \(format.rawValue) archive"
    case .compressed(let format): "the \(format.rawValue) data"
    case .hexDump: "the hexadecimal dump"
    case .spareAreas: "the NAND dump"
    case .ubiVolume: "the UBI volume"
    }
  }
}

extension Container: CustomStringConvertible {
  package var description: String {
    switch self {
    case .uImage(let header, _):
      "the U-Boot image \"\(String(decoding: header.name, as: UTF8.self))\""
    case .flattenedImageTree: "a FIT image"
    case .archive(let format, let member): "\"\(member)\" of the \(format.rawValue) archive"
    case .compressed(let format): "\(format.rawValue) data"
    case .hexDump(let addresses):
      "a hexadecimal dump from \(addresses.lowerBound.hexadecimal) to \(addresses.upperBound.hexadecimal)"
    case .spareAreas(let layout, _): "a NAND dump of \(layout) bytes per page"
    case .ubiVolume(let volume): "the UBI volume \"\(volume.name)\""
    }
  }
}

/// The bytes that are left when every container has been taken off.
package struct ContainerPayload: Sendable {
  /// Holds ``range``: the firmware's own file, or one without a name that was unpacked into.
  package let image: FlashImage
  /// The range of the innermost payload in ``image``.
  package let range: Range<UInt64>
  /// The containers, outermost first.
  package internal(set) var containers: [Container]
  /// The warnings about the contents, one sentence each.
  package internal(set) var warnings: [String]
  /// Those of ``warnings`` that report damaged or missing bytes.
  package var flaws: [String] = []
  /// The name of the innermost U-Boot image that it is in.
  var name: String?

  /// Whether its bytes are in a UBI volume.
  var isInUBI: Bool { containers.contains(where: \.isUBIVolume) }

  /// The bytes of an erase block, if the innermost container is a UBI volume.
  var eraseSize: UInt32? {
    guard case .ubiVolume(let volume)? = containers.last, volume.blockSize > 0,
      volume.blockSize % 4 == 0
    else {
      return nil
    }
    return UInt32(exactly: volume.blockSize)
  }

  /// The same from a later byte on.
  func from(_ start: UInt64) -> ContainerPayload {
    ContainerPayload(
      image: image, range: start..<range.upperBound, containers: containers, warnings: warnings,
      flaws: flaws, name: name)
  }

  /// The data of a NAND dump alone.
  func without(_ layout: NANDPageLayout, isFound: Bool) -> ContainerPayload {
    ContainerPayload(
      image: image.strippingOOB(layout, from: range.lowerBound),
      range: 0..<layout.dataByteCount(inDumpOf: range.upperBound - range.lowerBound),
      containers: containers + [.spareAreas(layout, isFound: isFound)],
      warnings: warnings, flaws: flaws, name: name)
  }

  func inside(
    _ container: Container, warnings outer: [String] = [], flaws outerFlaws: [String] = []
  ) -> ContainerPayload {
    var inside = self
    inside.containers = [container] + containers
    inside.warnings = outer + warnings
    inside.flaws = outerFlaws + flaws
    return inside
  }

  /// The same with one more warning.
  func warned(_ warning: String, isFlaw: Bool = false) -> ContainerPayload {
    var warned = self
    warned.warnings.append(warning)
    if isFlaw { warned.flaws.append(warning) }
    return warned
  }

  /// The same with the name of a U-Boot image, where no inner one has any.
  func named(_ header: UImage) -> ContainerPayload {
    guard name == nil, !header.name.isEmpty else { return self }
    var named = self
    named.name = String(decoding: header.name, as: UTF8.self)
    return named
  }
}
