package import JFFS2
package import Storage
internal import Support

/// Why no file system was found in a firmware.
package enum FirmwareError: Error, Equatable {
  /// The bytes could not be read.
  case storage(StorageError)
  /// The file is empty.
  case empty
  /// `offset`, or `offset` and `length`, point outside the file.
  case outOfRange(OptionHint, byteCount: UInt64)
  /// A U-Boot image whose header CRC is wrong.
  case wrongHeaderCRC
  /// A U-Boot image with fewer bytes of data than its header promises, and no JFFS2 in them.
  case truncated(promised: UInt32, present: Int)
  /// The requested byte order is not that of the JFFS2 in the file.
  case endiannessMismatch(requested: Endianness)
  /// JFFS2 is in the file, but not with the spare areas that the user gave.
  case noSpareAreas(requested: NANDPageLayout)
  /// JFFS2 is in the file, but in no partition of the table that the user gave.
  case inNoPartition([Range<UInt64>])
  /// All bytes are zero.
  case zeros
  /// All bytes are 0xFF: flash that nothing was written to.
  case blank
  /// No JFFS2, with the known contents that were found instead, and the layout of a NAND dump that would have this length. Offsets
  /// count in the data that ``within(_:)`` names.
  case noFileSystem(seen: [Contents], spareAreas: NANDPageLayout? = nil, within: String? = nil)
  /// A hexadecimal dump without JFFS2 in its bytes, with what was seen instead.
  case noFileSystemInDump(seen: [Contents])
  /// A U-Boot image without JFFS2, with what was seen in it and after it instead.
  case uImageWithoutJFFS2(UImage, seen: [Contents])
  /// A U-Boot image whose data are compressed by their label and cannot be decompressed.
  case compressed(UImage)
  /// An archive, or a member of it, that a password protects.
  case encrypted(ContainerFormat, member: String?)
  /// An archive or compressed data that cannot be read to the end.
  case damagedContainer(ContainerFormat, member: String?, reason: String)
  /// More than the allowed bytes would have to be unpacked.
  case unpackedTooLarge(limit: UInt64, member: String?)
  /// A container in more others than are opened.
  case tooDeep(ContainerFormat)
  /// More than one member holds JFFS2.
  case multipleMatches(MemberList)
  /// More than one member's name ends with the given one.
  case ambiguousMember(MemberList)
  /// The archive has no member of that name; those that it has.
  case memberNotFound(String, members: MemberList)
  /// No member holds JFFS2; what one of them holds instead.
  case noMatchingMember(ContainerFormat, members: MemberList, instead: String? = nil)
  /// A member was named, but there is no archive.
  case notAnArchive(member: String)
  /// JFFS2 was found, but cannot be served.
  case volume(JFFS2Error)
}

extension FirmwareError {
  /// Whether it contains no information about the bytes.
  var isOfSystem: Bool {
    if case .storage = self { true } else { false }
  }

  /// The same about data that were made from the file, in which offsets count.
  func within(_ data: String) -> FirmwareError {
    guard case .noFileSystem(let seen, let layout, nil) = self else { return self }
    return .noFileSystem(seen: seen, spareAreas: layout, within: data)
  }

  /// The contents of compressed data and archives, in words.
  static let unpackedData = "the unpacked data"

  /// Whether the requested bytes exist, and the error is about their contents.
  package var isOfContents: Bool {
    switch self {
    case .storage, .empty, .outOfRange: false
    default: true
    }
  }
}

extension FirmwareError {
  /// The contents that were found instead of JFFS2.
  private static func withoutFileSystem(_ seen: [Contents], within data: String?) -> String {
    let place = data.map { "in \($0) " } ?? ""
    let list = seen.map(\.description).joined(separator: "; ")
    return "no JFFS2 file system found" + (seen.isEmpty ? "" : ", but \(place)\(list)")
  }

  /// The problem and a suggested fix, without the file's name.
  ///
  /// - Parameter spelling: Formats an option as the running program does.
  package func message(_ spelling: (OptionHint) -> String) -> String {
    switch self {
    case .storage(let error): "\(error)"
    case .empty: "the file is empty"
    case .outOfRange(.length(let length), let count) where length > 0:
      "\(spelling(.length(length))) reaches beyond the file's \(count) bytes"
    case .outOfRange(let option, let count):
      "\(spelling(option)) is outside the file's \(count) bytes"
    case .wrongHeaderCRC:
      "a U-Boot image with a wrong header CRC; to read what follows the header: "
        + spelling(.offset(UInt64(UImage.headerSize)))
    case .truncated(let promised, let present):
      "the U-Boot image is truncated and contains no JFFS2: its header declares \(promised) bytes of "
        + "data, \(present) are present; get the file again"
    case .endiannessMismatch(let requested):
      "the image is \(requested == .big ? "little" : "big")-endian; "
        + "drop \(spelling(.endian(requested)))"
    case .noSpareAreas(let requested):
      "no JFFS2 is found with \(spelling(.oob(requested))), but without it; drop it"
    case .inNoPartition(let ranges): "in no partition of mtdparts: JFFS2 at \(ranges.hexadecimal)"
    case .zeros: "all bytes are 0"
    case .blank: "blank flash, all bytes are 0xff"
    case .noFileSystem(let seen, let layout, let data):
      Self.withoutFileSystem(seen, within: data)
        + (layout.map { "; if it is a NAND dump with its spare areas: \(spelling(.oob($0)))" } ?? "")
        + (seen.isEmpty && layout == nil
          ? "; if you know where it starts: \(spelling(.offset(nil)))" : "")
    case .noFileSystemInDump(let seen):
      "a text with a hexadecimal dump: no JFFS2 file system found in its bytes"
        + (seen.isEmpty ? "" : ", but " + seen.map(\.description).joined(separator: "; "))
    case .uImageWithoutJFFS2(let header, let seen):
      "\(header.description): no JFFS2 in it"
        + (seen.isEmpty ? "" : ", but " + seen.map(\.description).joined(separator: "; "))
    case .compressed(let header):
      "\(header.description): its data cannot be decompressed here; \(header.compression.hint)"
    case .encrypted(let format, let member):
      "\(member.map { "\"\($0)\" in the " } ?? "the ")\(format.rawValue) archive is encrypted; "
        + "unpack it with its password first"
    case .damagedContainer(let format, let member, let reason):
      "the \(format.rawValue) data is damaged or truncated"
        + "\(member.map { " at \"\($0)\"" } ?? "")\(reason.isEmpty ? "" : " (\(reason))"); "
        + "get the file again"
        + (member == nil
          ? "" : ", or choose an undamaged member before it: \(spelling(.member(nil)))")
    case .unpackedTooLarge(let limit, let member):
      "\(member.map { "\"\($0)\" " } ?? "")unpacks to more than the \(limit) bytes allowed; "
        + "if you trust the file: \(spelling(.maxUnpacked)), or choose with \(spelling(.member(nil)))"
    case .tooDeep(let format):
      "more than \(ContainerOpener.maximumDepth) nested containers, the innermost \(format.rawValue); "
        + "unpack the outer ones first"
    case .multipleMatches(let members):
      "several members contain JFFS2: \(members); choose one with \(spelling(.member(nil)))"
    case .ambiguousMember(let members):
      "several members match: \(members); give the full path"
    case .memberNotFound(let name, let members):
      "no member named \"\(name)\"; there are: \(members)"
        + (members.nearest(to: name).map { "; did you mean \($0)?" } ?? "")
    case .noMatchingMember(let format, let members, let instead):
      "no JFFS2 file system found in the \(format.rawValue) archive"
        + (instead.map { ", but \($0)" } ?? "") + "; its members: \(members)"
    case .notAnArchive(let member):
      "\(spelling(.member(member))) cannot be used: the file is not an archive"
    case .volume(let error): "\(error)"
    }
  }
}

extension FirmwareError: CustomStringConvertible {
  /// The message with its options in no program's spelling: for debugging and tests.
  package var description: String { message { "\($0.name)=\($0.value)" } }
}

/// The first names in an archive, for a message.
package struct MemberList: Equatable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// The first ones.
  package private(set) var names: [String] = []
  /// All that were added.
  private(set) var count = 0

  init(_ names: [String] = []) {
    for name in names { add(name) }
  }

  mutating func add(_ name: String) {
    count += 1
    if names.count < 256 { names.append(name) }
  }

  package init(arrayLiteral names: String...) { self.init(names) }

  /// The member that is probably meant by a path or the end of one.
  func nearest(to name: String) -> String? {
    if let path = names.nearest(to: name) { return path }
    return names.first { path in
      path.split(separator: "/").last.flatMap { [String($0)].nearest(to: name) } != nil
    }
  }

  package var description: String {
    guard count > 0 else { return "none" }
    let shown = names.prefix(10)
    let rest = count > shown.count ? " and \(count - shown.count) more" : ""
    return shown.joined(separator: ", ") + rest
  }
}
