package import JFFS2

/// All paths of a volume, as a program finds them that walks a mount.
package struct VolumeTree {
  /// The inodes by the bytes of their paths: `.`, `./a`, `./a/b`.
  package private(set) var inos: [[UInt8]: UInt32] = [:]
  /// The errors of the walk.
  package private(set) var problems: [String] = []

  package init(_ volume: Volume) throws {
    inos[Array(".".utf8)] = Volume.rootIno
    try walk(volume, Volume.rootIno, path: Array(".".utf8), above: [])
  }

  private mutating func walk(
    _ volume: Volume, _ directory: UInt32, path: [UInt8], above: Set<UInt32>
  ) throws {
    for entry in try volume.entries(of: directory) {
      let (ino, name) = (entry.ino, entry.name)
      let childPath = path + [0x2F] + name
      if inos.updateValue(ino, forKey: childPath) != nil {
        problems.append("\(describe(childPath)): listed twice")
      }
      if name.count <= Volume.maximumNameLength, try volume.lookup(name.span, in: directory) != ino
      {
        problems.append("\(describe(childPath)): the look-up disagrees with the listing")
      }
      guard !above.contains(ino), (try? volume.attributes(of: ino))?.isDirectory == true else {
        continue
      }
      try walk(volume, ino, path: childPath, above: above.union([directory, ino]))
    }
  }
}

/// A path or target for a message.
func describe(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
