package import FirmwareAccess
package import JFFS2

/// All that a firmware holds as one tree: a file system's own, or a directory for each of several, as the mount shows them.
package struct ImageTree: Sendable {
  /// A file, directory or other inode of the tree.
  package struct FileID: Hashable, Sendable {
    /// The index of the file system; nil for the directory that contains several.
    package let volume: Int?
    package let ino: UInt32
  }

  /// A name in a directory.
  package struct Entry: Sendable {
    package let name: [UInt8]
    package let node: FileID
  }

  package let fileSystems: [FirmwareImage.FileSystem]

  /// The firmware whose current tree this is; nil for another tree.
  let firmware: FirmwareImage?

  package init(_ firmware: FirmwareImage) {
    self.firmware = firmware
    fileSystems = firmware.fileSystems
  }

  /// Another tree for each file system of a firmware.
  ///
  /// - Parameter volumes: As many as the firmware has file systems, in their order.
  init(_ firmware: FirmwareImage, volumes: [Volume]) {
    self.firmware = nil
    fileSystems = zip(firmware.fileSystems, volumes).map { fileSystem, volume in
      FirmwareImage.FileSystem(
        name: fileSystem.name, partition: fileSystem.partition, volume: volume, damage: [])
    }
  }

  /// The directory that all paths start from.
  package var root: FileID {
    FileID(volume: fileSystems.count == 1 ? 0 : nil, ino: Volume.rootIno)
  }

  /// The root of one file system, whether there are several or not.
  package func rootOfFileSystem(_ index: Int) -> FileID {
    FileID(volume: index, ino: Volume.rootIno)
  }

  /// The file system that a node belongs to; nil for the directory that contains several.
  package func volume(of node: FileID) -> Volume? {
    node.volume.map { fileSystems[$0].volume }
  }

  /// The attributes of a node, as reported by stat(2).
  ///
  /// - Throws: as `Volume.attributes(of:)`.
  package func attributes(of node: FileID) throws(JFFS2Error) -> InodeAttributes {
    if let volume = volume(of: node) { return try volume.attributes(of: node.ino) }
    return .root(ofFileSystems: fileSystems.count)
  }

  /// The names in a directory, in the order of their bytes.
  ///
  /// - Throws: as `Volume.entries(of:from:)`.
  package func children(of node: FileID) throws(JFFS2Error) -> [Entry] {
    guard let index = node.volume else {
      return fileSystems.indices.map { index in
        Entry(
          name: Array(fileSystems[index].name.utf8),
          node: FileID(volume: index, ino: Volume.rootIno))
      }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
    return try fileSystems[index].volume.entries(of: node.ino).map { entry in
      Entry(name: entry.name, node: FileID(volume: index, ino: entry.ino))
    }
  }

  /// The node that a name in a directory leads to, or nil.
  func child(_ name: [UInt8], of node: FileID) throws(JFFS2Error) -> FileID? {
    guard let index = node.volume else {
      return fileSystems.firstIndex { Array($0.name.utf8) == name }.map {
        FileID(volume: $0, ino: Volume.rootIno)
      }
    }
    return try fileSystems[index].volume.lookup(name.span, in: node.ino).map {
      FileID(volume: index, ino: $0)
    }
  }
}
