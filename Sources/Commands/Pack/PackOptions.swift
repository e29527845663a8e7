package import JFFS2

/// The user's options for a new file system.
package struct PackOptions: Sendable {
  /// The owner and group of files.
  package struct Owner: Equatable, Sendable {
    package let uid: UInt16
    package let gid: UInt16

    package init(uid: UInt16, gid: UInt16) {
      self.uid = uid
      self.gid = gid
    }
  }

  /// The owner of paths that the old file system does not have.
  package var owner = Owner(uid: 0, gid: 0)
  /// The owners of single paths.
  package var owners: [(path: [UInt8], owner: Owner)] = []
  /// The permissions of single paths, 12 bits.
  package var modes: [(path: [UInt8], mode: UInt16)] = []
  /// Paths that are left out.
  package var dropped: [[UInt8]] = []

  package var endianness: Endianness?
  package var eraseSize: UInt32?
  package var pageSize: Int?
  package var compressions: Set<Compression>?
  /// The size to fill up to; 0 means the end of the erase block.
  package var padding: UInt64?
  package var hasSummaries: Bool?
  package var hasCleanmarkers: Bool?

  package init() {}

  /// A path without slashes at its ends and without `.` components.
  package static func normalized(_ path: [UInt8]) -> [UInt8] {
    Array(
      path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
        .joined(separator: [UInt8(ascii: "/")]))
  }
}
