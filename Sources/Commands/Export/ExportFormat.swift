internal import CArchive
internal import JFFS2

/// The format of an archive.
package enum ExportFormat: String, CaseIterable, Sendable {
  case tar
  case tarGzip = "tar.gz"
  case tarXZ = "tar.xz"
  case tarZstandard = "tar.zst"
  case cpio, zip, mtree

  /// The storage of further names of a file in a format.
  enum HardLinks {
    /// As a link to the first name.
    case toFirstName
    /// By inode numbers; the contents come with the last name.
    case byNumber
    /// As a separate file.
    case copies
  }

  /// The format that a file's name asks for by its end, in capitals or not; nil for an unknown one.
  package init?(suffixOf path: String) {
    let path = path.lowercased()
    let short: [(String, ExportFormat)] = [
      (".tgz", .tarGzip), (".txz", .tarXZ), (".tzst", .tarZstandard),
    ]
    let known = Self.allCases.map { (".\($0.rawValue)", $0) } + short
    guard let found = known.first(where: { path.hasSuffix($0.0) }) else { return nil }
    self = found.1
  }

  var container: carchive_format {
    switch self {
    case .tar, .tarGzip, .tarXZ, .tarZstandard: .pax
    case .cpio: .newc
    case .zip: .zip
    case .mtree: .mtree
    }
  }

  var compression: carchive_compression {
    switch self {
    case .tar, .cpio, .zip, .mtree: .plain
    case .tarGzip: .gzip
    case .tarXZ: .xz
    case .tarZstandard: .zstd
    }
  }

  var hardLinks: HardLinks {
    switch self {
    case .cpio: .byNumber
    case .zip, .mtree: .copies
    case .tar, .tarGzip, .tarXZ, .tarZstandard: .toFirstName
    }
  }

  /// Whether the writer reports how much is compressed: it takes bytes long before its threads compress them.
  var reportsProgress: Bool { self == .tarXZ }

  /// The name in messages.
  var family: String { container == .pax ? "tar" : rawValue }

  /// Whether extended attributes, access control lists and holes are kept.
  var isComplete: Bool { container == .pax }

  /// Whether the root's own attributes have a place.
  var holdsRoot: Bool { self != .zip }

  /// Whether a file of the type has a place.
  func holds(_ type: FileType) -> Bool {
    switch type {
    case .regular, .directory, .symbolicLink: true
    case .characterDevice, .blockDevice, .fifo: self != .zip
    case .socket: self == .cpio || self == .mtree
    }
  }
}
