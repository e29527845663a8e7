internal import Storage
internal import Support

/// The steps of an export, with the contents of those to come being read by all processors.
struct Prefetcher {
  /// Enough to keep the processors busy with small files, and a bound for the memory with large ones.
  private static let capacity = 64

  private var source: ExportEvents
  private var queue: [ExportEvents.Step] = []
  private var first = 0
  private var isAtEnd = false
  private let workers = ThreadPool()

  init(_ source: ExportEvents) { self.source = source }

  /// The next step, or nil at the end.
  mutating func next() -> ExportEvents.Step? {
    if queue.count - first < Self.capacity / 2 { fill() }
    guard first < queue.count else { return nil }
    first += 1
    return queue[first - 1]
  }

  private mutating func fill() {
    queue.removeFirst(first)
    first = 0
    while !isAtEnd, queue.count < Self.capacity {
      guard let step = source.next() else {
        isAtEnd = true
        return
      }
      if case .data(let piece) = step { workers.add { piece.read() } }
      queue.append(step)
    }
  }
}
