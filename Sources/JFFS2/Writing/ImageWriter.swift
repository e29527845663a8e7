/// Writes a file system: a sorted tree in, erase blocks out.
///
/// Nodes come in the order and with the numbers of mkfs.jffs2: the names of a directory, each with its file, then the directories in it;
/// names are counted over the whole image. The same tree gives the same bytes, regardless of the number of threads.
package struct ImageWriter<Source: FileContentsSource> {
  /// Takes the bytes in their order.
  package typealias Output = (Span<UInt8>) throws(Source.Failure) -> Void

  let tree: FileTree
  let format: ImageFormat
  /// Splits chunks at the ends of blocks.
  let compressor: ChunkCompressor
  var block: EraseBlock
  /// The bytes that were put out.
  private var flushed: UInt64 = 0
  private let order: [UInt32]
  private var contents: ContentsQueue<Source>
  private let progress: (UInt64) -> Void
  /// The inode numbers of the files; 0 for those that were not written yet.
  private var inos: [UInt32]
  private var nextIno = Volume.rootIno + 1
  private var nextDirentVersion: UInt32 = 0
  var xids: [FileTree.Attribute: UInt32] = [:]
  var nextXrefSequence: UInt32 = 2

  /// - Parameters:
  ///   - tree: Sorted, with names of at most 254 bytes.
  ///   - progress: Is called with each number of bytes of contents that were written.
  package init(
    _ tree: FileTree, _ format: ImageFormat, _ source: Source,
    progress: @escaping (UInt64) -> Void = { _ in }
  ) {
    self.tree = tree
    self.format = format
    self.progress = progress
    let compressors = CompressorPool(format)
    compressor = ChunkCompressor(format)
    block = EraseBlock(format)
    order = tree.writingOrder
    contents = ContentsQueue(tree, order, source, pageSize: format.pageSize, compressors)
    inos = [UInt32](repeating: 0, count: tree.files.count)
    inos[0] = Volume.rootIno
  }

  /// Writes the whole file system.
  ///
  /// - Returns: The number of bytes, padding included.
  package mutating func write(to output: Output) throws(Source.Failure) -> UInt64 {
    try writeRoot(output)
    for number in order {
      let entry = tree.entries[Int(number)]
      let isNew = inos[Int(entry.file)] == 0
      if isNew {
        inos[Int(entry.file)] = nextIno
        nextIno += 1
      }
      try writeDirent(entry, output)
      guard isNew else { continue }
      let ino = inos[Int(entry.file)]
      if tree.files[Int(entry.file)].type == .regular {
        try writeContents(of: entry.file, ino, output)
      } else {
        try writeNode(of: entry.file, ino, output)
      }
      try writeAttributes(of: entry.file, ino, output)
    }
    return try finish(output)
  }

  /// Writes the node of the root, if it says anything or is the only one, and its extended attributes.
  private mutating func writeRoot(_ output: Output) throws(Source.Failure) {
    let hasAttributes = tree.attributes[0] != nil
    guard tree.files[0] != FileTree().files[0] || hasAttributes || order.isEmpty else { return }
    // mkfs.jffs2 writes no such node: name 0 in the root is the start of a file system for a search.
    nextDirentVersion = 1
    try writeNode(of: 0, Volume.rootIno, output)
    try writeAttributes(of: 0, Volume.rootIno, output)
  }

  private mutating func writeDirent(
    _ entry: FileTree.Entry, _ output: Output
  ) throws(Source.Failure) {
    let directory = tree.files[Int(entry.parent)]
    let name = tree.name(entry)
    let dirent = RawDirent(
      parentIno: inos[Int(entry.parent)], version: nextDirentVersion,
      ino: inos[Int(entry.file)],
      // The driver takes a directory's times from its newest name, unless that has none.
      changeTime: directory.modificationTime == directory.changeTime
        ? directory.modificationTime : 0,
      nameLength: UInt8(name.count),
      // DT_DIR and the like are the upper bits of the mode.
      type: UInt8(tree.files[Int(entry.file)].mode >> 12))
    nextDirentVersion += 1
    let dialect = format.dialect
    try append(.dirent, length: RawDirent.size + name.count, nameLength: name.count, output) {
      dirent.encode(name: name.span, into: &$0, dialect)
    }
  }

  /// Writes the only node of what is not a regular file with contents.
  private mutating func writeNode(
    of file: UInt32, _ ino: UInt32, _ output: Output
  ) throws(Source.Failure) {
    let description = tree.files[Int(file)]
    let payload: [UInt8] =
      if description.type == .symbolicLink {
        tree.target(of: file)
      } else {
        description.device?.stored(format.dialect.endianness) ?? []
      }
    let node = rawInode(
      description, ino, version: 1, offset: 0, size: payload.count, payload.span, .none,
      dataCRC: jffs2CRC(payload.span))
    try append(node, payload.span, output)
  }

  /// Writes the nodes of a regular file.
  private mutating func writeContents(
    of file: UInt32, _ ino: UInt32, _ output: Output
  ) throws(Source.Failure) {
    let description = tree.files[Int(file)]
    guard description.size > 0 else { return try writeNode(of: file, ino, output) }
    var writer = FileWriter(description, ino)
    var done: UInt32 = 0
    while done < description.size, let batch = contents.next() {
      let part = try batch.take()
      for chunk in part.chunks { try writer.write(chunk, of: part, with: &self, output) }
      done += UInt32(part.bytes.count)
      progress(UInt64(part.bytes.count))
    }
    try writer.finish(with: &self, output)
  }

  func rawInode(
    _ file: FileTree.File, _ ino: UInt32, version: UInt32, offset: UInt32, size: Int,
    _ payload: Span<UInt8>, _ compression: Compression, dataCRC: UInt32
  ) -> RawInode {
    RawInode(
      ino: ino, version: version, mode: file.mode, uid: file.uid, gid: file.gid,
      fileSize: file.size, accessTime: file.accessTime, modificationTime: file.modificationTime,
      changeTime: file.changeTime, fileOffset: offset, compressedSize: UInt32(payload.count),
      size: UInt32(size), compression: compression, dataCRC: dataCRC)
  }

  mutating func append(
    _ node: RawInode, _ payload: Span<UInt8>, _ output: Output
  ) throws(Source.Failure) {
    let dialect = format.dialect
    try append(.inode, length: RawInode.size + payload.count, output) { bytes in
      node.encode(into: &bytes, dialect)
      var target = bytes.part(RawInode.size..<RawInode.size + payload.count)
      target.copy(from: payload)
    }
  }

  /// Appends a node to the block, or to the next one if it does not fit.
  mutating func append(
    _ type: NodeType, length: Int, nameLength: Int = 0, _ output: Output,
    _ encode: (inout MutableSpan<UInt8>) -> Void
  ) throws(Source.Failure) {
    if length > block.room(for: type, nameLength: nameLength) { try endBlock(output) }
    block.append(type, length: length, nameLength: nameLength, encode)
  }

  /// Puts out the block and starts the next one.
  mutating func endBlock(_ output: Output) throws(Source.Failure) {
    block.finish()
    try output(block.all)
    flushed += UInt64(format.eraseSize)
    block.start()
  }

  /// Puts out the last block and the padding.
  private mutating func finish(_ output: Output) throws(Source.Failure) -> UInt64 {
    if format.cleanmarkerLength == nil { block.fillPage() }
    guard let padding = format.padding else {
      try output(block.contents)
      return flushed + UInt64(block.used)
    }
    var end = flushed + UInt64(format.eraseSize)
    if case .toSize(let size) = padding, size >= flushed + UInt64(block.used) { end = size }
    while flushed < end {
      let count = min(UInt64(format.eraseSize), end - flushed)
      try output(block.all.extracting(0..<Int(count)))
      flushed += count
      block.start()
    }
    return flushed
  }
}
