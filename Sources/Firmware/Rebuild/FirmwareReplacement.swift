internal import JFFS2
package import Storage

/// How a firmware becomes another one by replacing one of its file systems: which bytes stay, and which headers have to follow.
package struct FirmwareReplacement: Sendable {
  /// A U-Boot image around the file system.
  struct Header: Sendable {
    let header: UImage
    /// Where the header is in ``image``.
    let offset: UInt64
    /// Whether it is an image of several files, with a table of their sizes.
    let hasTable: Bool
    /// The part of the data that is present.
    let data: Range<UInt64>
    /// Which of its files is replaced; nil where it is only a part of one.
    let part: Int?
  }

  /// Holds the bytes that stay.
  package let image: FlashImage
  /// The file system that is replaced.
  package let range: Range<UInt64>
  /// Whether what follows has to stay where it is, so that the new file system may not be larger.
  package let isInPlace: Bool
  /// The container around the old file system that the new file lacks; nil if it has all of them.
  package let leftOut: Container?
  /// Whether the new file is the file system alone.
  private let isBare: Bool
  /// Innermost first.
  let headers: [Header]

  /// Reads the headers around a file system.
  ///
  /// - Parameter length: The bytes of the partition that the file system has, if other data follows it there.
  package init(_ partition: Partition, length: UInt32? = nil) throws(ReplacementError) {
    image = partition.range.image
    let start = partition.range.start
    range = start..<start + UInt64(length ?? partition.range.length)
    if case .spareAreas(let layout, _)? = partition.containers.last(where: \.isSpareAreas) {
      throw .spareAreas(layout)
    }
    let outer = partition.containers.lastIndex { !$0.isUImage }
    leftOut = outer.map { partition.containers[$0] }
    isBare = leftOut?.isPartOfImage ?? false
    let inner = partition.containers[(outer.map { $0 + 1 } ?? 0)...]
    do throws(StorageError) {
      headers = isBare ? [] : try Self.headers(inner, image, range)
    } catch {
      throw .storage(error)
    }
    let isWhole: Bool =
      headers.last.map { $0.offset == 0 }
      ?? (range.lowerBound == 0 && range.upperBound == image.byteCount)
    let isPart = headers.contains { $0.part == nil } || partition.source != .wholeImage
    isInPlace = !isBare && (!isWhole || !headers.isEmpty && isPart)
  }

  /// The U-Boot images around a range, innermost first.
  private static func headers(
    _ containers: ArraySlice<Container>, _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> [Header] {
    var headers: [Header] = []
    var inner = range
    for case .uImage(let header, let offset) in containers.reversed() {
      let start = offset + UInt64(UImage.headerSize)
      let data = start..<min(start + UInt64(header.dataSize), image.byteCount)
      // A file system may also follow a U-Boot image, whose header says nothing about it then.
      guard data.lowerBound <= inner.lowerBound, inner.upperBound <= data.upperBound else {
        continue
      }
      let parts = try header.parts(image, data)
      headers.append(
        Header(
          header: header, offset: offset, hasTable: parts != [data], data: data,
          part: parts.firstIndex(of: inner)))
      inner = offset..<data.upperBound
    }
    return headers
  }

  /// The bytes before the file system.
  package var prefix: Range<UInt64> { isBare ? 0..<0 : 0..<range.lowerBound }

  /// The bytes after the file system: in an image of several files, from the next one on.
  package var suffix: Range<UInt64> {
    guard !isBare else { return 0..<0 }
    return (range.upperBound + alignment(UInt64(range.count)))..<image.byteCount
  }

  /// The number of bytes after all that the headers say something about, which stay as they are.
  package var trailerLength: UInt64 {
    guard !isInPlace, let end = headers.last?.data.upperBound else { return 0 }
    return image.byteCount - end
  }

  /// The number of zeros between a file system of this size and the next file in an image of several.
  package func alignment(_ byteCount: UInt64) -> UInt64 {
    guard !isInPlace, let header = headers.first, header.hasTable,
      header.data.upperBound > range.upperBound
    else { return 0 }
    return (4 - byteCount % 4) % 4
  }
}

/// Why it is not known how to replace a file system.
package enum ReplacementError: Error {
  /// The bytes of each page's spare area depend on its contents in a way that only the device's driver knows.
  case spareAreas(NANDPageLayout)
  case storage(StorageError)
}

extension FirmwareReplacement {
  /// Changes the headers around a new file system, which was written between ``prefix`` and ``suffix``.
  ///
  /// - Parameters:
  ///   - output: The new file; it is read for the checksums.
  ///   - byteCount: The bytes of the new file system.
  ///   - time: The time of the headers, in seconds since 1970.
  ///   - write: Changes bytes of the file.
  package func updateHeaders(
    in output: FlashImage, byteCount: UInt64, time: UInt32,
    _ write: (UInt64, [UInt8]) throws(StorageError) -> Void
  ) throws(StorageError) {
    guard !headers.isEmpty else { return }
    let old = UInt64(suffix.lowerBound - range.lowerBound)
    let new = byteCount + alignment(byteCount)
    var partSize = UInt32(truncatingIfNeeded: byteCount)
    for header in headers {
      if !isInPlace, header.hasTable, let part = header.part {
        try write(header.data.lowerBound + 4 * UInt64(part), partSize.bigEndianBytes)
      }
      // A truncated image gets the size of the present data.
      let present = UInt64(header.data.count)
      let size = UInt32(truncatingIfNeeded: isInPlace ? present : present + new - old)
      let data = header.data.lowerBound..<header.data.lowerBound + UInt64(size)
      let crc = try UImage.crc(output, data.clamped(to: 0..<output.byteCount))
      var bytes = try output.bytes(
        at: header.offset, count: UImage.headerSize, within: 0..<output.byteCount)
      UImage.update(&bytes, dataSize: size, dataCRC: crc, time: time)
      try write(header.offset, bytes)
      partSize = UInt32(UImage.headerSize) + size
    }
  }

  /// The newest time in the old headers.
  package var time: UInt32 { headers.map(\.header.time).max() ?? 0 }
}

extension UImage {
  /// Changes the fields of a header that depend on the data and the day.
  static func update(_ header: inout [UInt8], dataSize: UInt32, dataCRC: UInt32, time: UInt32) {
    header.replaceSubrange(8..<12, with: time.bigEndianBytes)
    header.replaceSubrange(12..<16, with: dataSize.bigEndianBytes)
    header.replaceSubrange(24..<28, with: dataCRC.bigEndianBytes)
    header.replaceSubrange(4..<8, with: [0, 0, 0, 0])
    let crc = ~jffs2CRC(header.span, initial: .max)
    header.replaceSubrange(4..<8, with: crc.bigEndianBytes)
  }
}

extension Container {
  fileprivate var isUImage: Bool {
    if case .uImage = self { true } else { false }
  }

  /// Whether what is in it is read from the bytes around it instead of being unpacked.
  fileprivate var isPartOfImage: Bool {
    switch self {
    case .flattenedImageTree, .ubiVolume: true
    default: false
    }
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: self >> (24 - 8 * UInt32($0))) }
  }
}
