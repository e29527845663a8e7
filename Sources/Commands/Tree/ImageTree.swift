package import JFFS2

/// All that a firmware holds as one tree: a file system's own, or a directory for each of several, as the mount shows them.
package struct ImageTree: Sendable {
  /// A file, directory or other inode of the tree.
  package struct Node: Hashable, Sendable {
    /// Which file system; nil for the directory that holds several.
    package let volume: Int?
    package let ino: UInt32
  }

  /// A name in a directory.
  package struct Child: Sendable {
    package let name: [UInt8]
    package let node: Node
  }

  package let fileSystems: [OpenedFirmware.FileSystem]

  package init(_ firmware: OpenedFirmware) {
    fileSystems = firmware.fileSystems
  }

  /// Another tree for each file system of a firmware.
  ///
  /// - Parameter volumes: As many as the firmware has file systems, in their order.
  init(_ firmware: OpenedFirmware, volumes: [Volume]) {
    fileSystems = zip(firmware.fileSystems, volumes).map { fileSystem, volume in
      OpenedFirmware.FileSystem(
        name: fileSystem.name, partition: fileSystem.partition, volume: volume, damage: [])
    }
  }

  /// The directory that all paths start from.
  package var root: Node {
    Node(volume: fileSystems.count == 1 ? 0 : nil, ino: Volume.rootIno)
  }

  /// The root of one file system, whether there are several or not.
  package func rootOfFileSystem(_ index: Int) -> Node { Node(volume: index, ino: Volume.rootIno) }

  /// The file system that a node belongs to; nil for the directory that holds several.
  package func volume(of node: Node) -> Volume? {
    node.volume.map { fileSystems[$0].volume }
  }

  /// The stat(2) attributes of a node. The directory that holds several file systems belongs to root and is as old as the epoch.
  ///
  /// - Throws: as `Volume.attributes(of:)`.
  package func attributes(of node: Node) throws(JFFS2Error) -> InodeAttributes {
    if let volume = volume(of: node) { return try volume.attributes(of: node.ino) }
    return InodeAttributes(
      ino: node.ino, mode: FileType.directory.rawValue | 0o555,
      linkCount: 2 + UInt32(fileSystems.count), uid: 0, gid: 0, size: 0, accessTime: 0,
      modificationTime: 0, changeTime: 0, device: nil)
  }

  /// The names in a directory, in the order of their bytes.
  ///
  /// - Throws: as `Volume.list`.
  package func children(of node: Node) throws(JFFS2Error) -> [Child] {
    guard let index = node.volume else {
      return fileSystems.indices.map { index in
        Child(
          name: Array(fileSystems[index].name.utf8),
          node: Node(volume: index, ino: Volume.rootIno))
      }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
    var children: [Child] = []
    try fileSystems[index].volume.list(node.ino) { entry, name in
      children.append(
        Child(
          name: name.indices.map { name[$0] }, node: Node(volume: index, ino: entry.ino)))
      return true
    }
    return children
  }

  /// The node that a name in a directory leads to, or nil.
  func child(_ name: [UInt8], of node: Node) throws(JFFS2Error) -> Node? {
    guard let index = node.volume else {
      return fileSystems.firstIndex { Array($0.name.utf8) == name }.map {
        Node(volume: $0, ino: Volume.rootIno)
      }
    }
    return try fileSystems[index].volume.lookup(name.span, in: node.ino).map {
      Node(volume: index, ino: $0)
    }
  }
}
