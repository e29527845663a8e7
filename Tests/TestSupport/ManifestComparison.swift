package import JFFS2

/// Compares a volume's whole tree with what the Linux driver serves.
package struct ManifestComparison {
  /// The differences, one line each; empty if the trees are equal.
  package private(set) var differences: [String] = []

  private let volume: Volume
  /// The contents read so far and what they should be.
  private var contents: [(path: String, bytes: [UInt8], sha256: String)] = []

  /// Walks the tree and reads everything in it.
  package init(_ volume: Volume, with manifest: Manifest) throws {
    self.volume = volume
    let tree = try VolumeTree(volume)
    differences += tree.problems
    let expected = Set(manifest.entries.map(\.pathBytes))
    for path in tree.inos.keys where !expected.contains(path) {
      differences.append("\(describe(path)): the driver has no such path")
    }
    for entry in manifest.entries {
      guard let ino = tree.inos[entry.pathBytes] else {
        differences.append("\(entry.path): missing")
        continue
      }
      try compare(entry, ino)
    }
    let sums = try sha256Sums(contents.map(\.bytes))
    for (item, sum) in zip(contents, sums) {
      expect("\(item.path): sha256", item.sha256, sum)
    }
  }

  private mutating func expect<Value: Equatable>(_ what: String, _ driver: Value, _ ours: Value) {
    if driver != ours { differences.append("\(what): the driver has \(driver), we \(ours)") }
  }

  private mutating func compare(_ entry: Manifest.Entry, _ ino: UInt32) throws {
    let attributes: InodeAttributes
    do {
      attributes = try volume.attributes(of: ino)
    } catch {
      var ours = -1
      switch error {
      case .unusableInode(ino), .damaged: ours = 5
      default: break
      }
      expect("\(entry.path): stat", entry.statErrno, ours)
      return
    }
    guard entry.statErrno == nil else {
      differences.append("\(entry.path): the driver's stat fails, ours does not")
      return
    }
    let fields: [(String, UInt64?, UInt64)] = [
      ("uid", entry.uid, UInt64(attributes.uid)), ("gid", entry.gid, UInt64(attributes.gid)),
      ("size", entry.size, attributes.size), ("nlink", entry.nlink, UInt64(attributes.linkCount)),
      ("inode", entry.inode, UInt64(ino)), ("blocks", entry.blocks, attributes.blockCount),
      ("mtime", entry.mtime, UInt64(attributes.modificationTime)),
      ("atime", entry.atime, UInt64(attributes.accessTime)),
      ("ctime", entry.ctime, UInt64(attributes.changeTime)),
    ]
    for (name, driver, ours) in fields { expect("\(entry.path): \(name)", driver, ours) }
    expect("\(entry.path): mode", entry.mode, "0o" + String(attributes.mode, radix: 8))
    expect(
      "\(entry.path): rdev", entry.rdev, attributes.device.map { "\($0.major):\($0.minor)" })
    try compareXattrs(entry, ino)
    switch FileType(mode: attributes.mode) {
    case .regular: compareContents(entry, ino)
    case .symbolicLink:
      let target = try volume.target(ofSymbolicLink: ino)
      expect("\(entry.path): target", entry.targetBytes, target)
    default: break
    }
  }

  private mutating func compareContents(_ entry: Manifest.Entry, _ ino: UInt32) {
    do {
      let bytes = try volume.contents(of: ino)
      if let sum = entry.sha256 {
        contents.append((entry.path, bytes, sum))
      } else {
        differences.append("\(entry.path): the driver's read fails, ours does not")
      }
    } catch {
      // The errno shows how the driver noticed: -1 of its LZO module becomes EPERM.
      if entry.readErrno == nil {
        differences.append("\(entry.path): the driver reads it, we do not: \(error)")
      }
    }
  }

  private mutating func compareXattrs(_ entry: Manifest.Entry, _ ino: UInt32) throws {
    var found: [String: Manifest.XattrValue] = [:]
    for xattr in try volume.xattrs(of: ino) {
      // A name as printed in manifests.
      let name = String(
        decoding: xattr.name.map { (33...126).contains($0) && $0 != 34 && $0 != 92 ? $0 : 63 },
        as: UTF8.self)
      do throws(JFFS2Error) {
        let value = try volume.xattr(xattr.name.span, of: ino)
        found[name] = value.map { .bytes(hex($0)) } ?? .failure(-61)
      } catch {
        guard error == .malformedACL(ino: ino) else { throw error }
        found[name] = .failure(-22)
      }
    }
    expect("\(entry.path): xattrs", entry.xattrs ?? [:], found)
  }
}
