extension ImageBuilder {
  /// A regular file, its data uncompressed in nodes of a page.
  package mutating func addFile(
    _ name: String, ino: UInt32, _ data: [UInt8], parent: UInt32 = 1, mode: UInt32 = 0o644,
    uid: UInt16 = 0, gid: UInt16 = 0, damaged: Set<Int> = []
  ) {
    addDirent(parent: parent, version: ino, ino: ino, name: name)
    if data.isEmpty { addInode(ino, version: 1, mode: 0o100000 | mode, uid: uid, gid: gid) }
    for (page, start) in stride(from: 0, to: data.count, by: 4096).enumerated() {
      let end = min(start + 4096, data.count)
      addInode(
        ino, version: UInt32(page + 1), mode: 0o100000 | mode, uid: uid, gid: gid,
        fileSize: UInt32(data.count), offset: UInt32(start), payload: Array(data[start..<end]),
        flaws: damaged.contains(page) ? [.dataCRC] : [])
    }
  }

  package mutating func addDirectory(
    _ name: String, ino: UInt32, parent: UInt32 = 1, mode: UInt32 = 0o755
  ) {
    addDirent(parent: parent, version: ino, ino: ino, name: name, type: 4)
    addInode(ino, version: 1, mode: 0o040000 | mode)
  }

  package mutating func addLink(_ name: String, ino: UInt32, to target: String, parent: UInt32 = 1)
  {
    addDirent(parent: parent, version: ino, ino: ino, name: name, type: 10)
    addInode(ino, version: 1, mode: 0o120777, payload: Array(target.utf8))
  }
}
