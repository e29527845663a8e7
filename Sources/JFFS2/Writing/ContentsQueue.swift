internal import Storage
internal import Support

/// The contents of a tree's regular files in the order in which they are written, compressed ahead by all processors.
struct ContentsQueue<Source: FileContentsSource> {
  /// Enough to keep the processors busy with small files, and a bound for the memory with large ones.
  private static var capacity: Int { 32 }

  private let tree: FileTree
  private let order: [UInt32]
  private let source: Source
  private let pageSize: Int
  private let compressors: CompressorPool
  private let workers = ThreadPool()
  private var queue: [ChunkBatch<Source>] = []
  private var first = 0
  /// The next name whose file is read, and how far its file has been queued.
  private var nextEntry = 0
  private var fileOffset: UInt32 = 0
  /// The files that several names lead to and that were queued.
  private var queued: [Bool]

  init(
    _ tree: FileTree, _ order: [UInt32], _ source: Source, pageSize: Int,
    _ compressors: CompressorPool
  ) {
    self.tree = tree
    self.order = order
    self.source = source
    self.pageSize = pageSize
    self.compressors = compressors
    queued = [Bool](repeating: false, count: tree.files.count)
  }

  /// The next part. Files without contents are left out.
  mutating func next() -> ChunkBatch<Source>? {
    if queue.count - first < Self.capacity / 2 { fill() }
    guard first < queue.count else { return nil }
    first += 1
    return queue[first - 1]
  }

  private mutating func fill() {
    queue.removeFirst(first)
    first = 0
    while queue.count < Self.capacity, let batch = nextBatch() {
      queue.append(batch)
      workers.add { [source, pageSize, compressors] in
        batch.load(source, pageSize: pageSize, compressors)
      }
    }
  }

  private mutating func nextBatch() -> ChunkBatch<Source>? {
    while nextEntry < order.count {
      let file = tree.entries[Int(order[nextEntry])].file
      let size = tree.files[Int(file)].size
      guard tree.files[Int(file)].type == .regular, !queued[Int(file)], fileOffset < size else {
        queued[Int(file)] = true
        nextEntry += 1
        fileOffset = 0
        continue
      }
      let start = fileOffset
      fileOffset += min(ChunkBatch<Source>.byteCount, size - start)
      return ChunkBatch(file, start..<fileOffset)
    }
    return nil
  }
}
