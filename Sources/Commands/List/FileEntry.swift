internal import JFFS2

/// A file of the tree as printed by `ls --json`.
package struct FileEntry: Encodable, Sendable {
  /// From the root on: `.`, `./a`, `./a/b`.
  package let path: String
  package let pathHex: String?
  /// `0o` and octal digits: file type and permissions.
  package var mode: String?
  package var uid: UInt16?
  package var gid: UInt16?
  /// In bytes.
  package var size: UInt64?
  package var nlink: UInt32?
  package var inode: UInt32?
  /// Seconds since 1970.
  package var mtime: UInt32?
  package var atime: UInt32?
  package var ctime: UInt32?
  /// The target of a symbolic link.
  package var target: String?
  package var targetHex: String?
  /// A device's numbers: `MAJOR:MINOR`.
  package var rdev: String?
  /// Values in hexadecimal, by their names.
  package var xattrs: [String: String]?
  /// The errno of stat(2) where nothing usable is left of the inode.
  package var statErrno: Int?

  /// - Parameters:
  ///   - path: The names from the root on, with slashes between them; empty for the root.
  ///   - attributes: What is known of the node.
  init(
    _ node: ImageTree.FileID, path: [UInt8], _ attributes: Result<InodeAttributes, JFFS2Error>,
    in tree: ImageTree
  ) throws(JFFS2Error) {
    let dotted = path.isEmpty ? Array(".".utf8) : Array("./".utf8) + path
    self.path = dotted.text
    pathHex = dotted.hexUnlessText
    guard case .success(let attributes) = attributes else {
      statErrno = 5
      return
    }
    mode = "0o" + String(attributes.mode, radix: 8)
    (uid, gid, size) = (attributes.uid, attributes.gid, attributes.size)
    (nlink, inode) = (attributes.linkCount, node.ino)
    mtime = attributes.modificationTime
    atime = attributes.accessTime
    ctime = attributes.changeTime
    rdev = attributes.device.map { "\($0.major):\($0.minor)" }
    guard let volume = tree.volume(of: node) else { return }
    if FileType(mode: attributes.mode) == .symbolicLink {
      let bytes = try volume.target(ofSymbolicLink: node.ino)
      (target, targetHex) = (bytes.text, bytes.hexUnlessText)
    }
    let found = try volume.xattrValues(of: node.ino)
    if !found.isEmpty {
      xattrs = Dictionary(
        found.map { ($0.name.text, $0.value.hex) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

extension Volume {
  /// An inode's extended attributes with their values as getxattr(2) gives them; those that it refuses are left out.
  func xattrValues(
    of ino: UInt32
  ) throws(JFFS2Error) -> [(name: [UInt8], value: [UInt8])] {
    var values: [(name: [UInt8], value: [UInt8])] = []
    for xattr in try xattrs(of: ino) {
      do throws(JFFS2Error) {
        guard let value = try self.value(of: xattr, ino: ino) else { continue }
        values.append((xattr.name, value))
      } catch {
        guard case .malformedACL = error else { throw error }
      }
    }
    return values
  }
}
