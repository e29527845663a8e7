import JFFS2
import TestSupport

/// A log that a test writes save by save.
struct SavedFiles {
  var image = ImageBuilder()

  init() { image.addCleanmarker() }

  /// A node of a file, with one time for contents and attributes.
  mutating func save(
    _ ino: UInt32 = 2, version: UInt32, _ text: String, time: UInt32, at offset: UInt32 = 0,
    fileSize: UInt32? = nil, mode: UInt32 = 0o100644, flaws: Set<ImageBuilder.Flaw> = []
  ) {
    image.addInode(
      ino, version: version, mode: mode, fileSize: fileSize, times: (time, time, time),
      offset: offset, payload: Array(text.utf8), flaws: flaws)
  }

  /// The node that empties a file before a save.
  mutating func truncate(
    _ ino: UInt32 = 2, version: UInt32, to size: UInt32 = 0, time: UInt32,
    flaws: Set<ImageBuilder.Flaw> = []
  ) {
    image.addInode(ino, version: version, fileSize: size, times: (time, time, time), flaws: flaws)
  }

  /// A name, or its deletion with inode 0.
  mutating func name(
    _ name: String, _ ino: UInt32, version: UInt32, time: UInt32 = 0, parent: UInt32 = 1,
    type: UInt8 = 8, flaws: Set<ImageBuilder.Flaw> = []
  ) {
    image.addDirent(
      parent: parent, version: version, ino: ino, name: name, type: type, changeTime: time,
      flaws: flaws)
  }

  func history() throws -> History { try History(Volume(image)) }
}

extension History {
  /// The names and contents of the files in the tree of versions, `path: contents`, or why they cannot be read.
  func shown() throws -> [String] { try Self.shown(tree().volume) }

  /// The same of the tree of deleted files.
  func deleted() throws -> [String] { try Self.shown(deletedTree().volume) }

  private static func shown(_ volume: Volume) throws -> [String] {
    try VolumeTree(volume).inos.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap {
      path, ino in
      guard volume.version(of: ino) != nil else { return nil }
      let name = String(decoding: path.dropFirst(2), as: UTF8.self)
      do {
        return "\(name): \(String(decoding: try volume.contents(of: ino), as: UTF8.self))"
      } catch {
        return "\(name): unreadable"
      }
    }
  }

  /// The events as `kind path`.
  var happened: [String] {
    events().map { event in
      let new = event.newPath.map { " -> \(text($0))" } ?? ""
      let version = event.number.map { " \($0)" } ?? ""
      return "\(event.kind.rawValue) \(text(event.path))\(new)\(version)"
    }
  }

  private func text(_ path: Int) -> String {
    names(ofPath: path).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
  }
}
