internal import Glibc
internal import Synchronization

/// The memory that answers are assembled in, reused so that no read pays for fresh or zeroed pages.
///
/// A buffer is zeroed when it is made and never again: what an earlier answer left is still there.
final class BufferPool: Sendable {
  /// The default maximum size of a read request.
  private static let ordinaryCapacity = 128 * 1024
  /// More idle buffers than this are given back.
  private static let idleLimit = 16

  private let idle = Mutex<[Memory]>([])

  /// A buffer with space for `count` bytes or more.
  func buffer(count: Int) -> PooledBuffer {
    let found = idle.withLock { idle in
      idle.lastIndex { $0.capacity >= count }.map { idle.remove(at: $0) }
    }
    return PooledBuffer(pool: self, memory: found ?? Memory(max(count, Self.ordinaryCapacity)))
  }

  fileprivate func giveBack(_ memory: Memory) {
    let kept = idle.withLock { idle in
      guard idle.count < Self.idleLimit else { return false }
      idle.append(memory)
      return true
    }
    if !kept { memory.free() }
  }

  deinit {
    idle.withLock { idle in
      for memory in idle { memory.free() }
    }
  }

  // Sound: the owner of the value has exclusive access to the memory; the pool hands it to one at a time.
  @safe fileprivate struct Memory: @unchecked Sendable {
    let start: UnsafeMutablePointer<UInt8>
    let capacity: Int

    init(_ capacity: Int) {
      unsafe start = .allocate(capacity: capacity)
      unsafe start.initialize(repeating: 0, count: capacity)
      self.capacity = capacity
    }

    func free() {
      unsafe start.deallocate()
    }
  }
}

/// A buffer on loan from the pool, which has it back when this value ends.
struct PooledBuffer: ~Copyable {
  private let pool: BufferPool
  private let memory: BufferPool.Memory

  fileprivate init(pool: BufferPool, memory: BufferPool.Memory) {
    self.pool = pool
    self.memory = memory
  }

  deinit {
    pool.giveBack(memory)
  }

  /// Lends space for `count` bytes, which must not be more than the buffer has, and returns how many were written.
  mutating func fill<Failure: Error>(
    count: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    precondition(count <= memory.capacity, "the buffer has at least this capacity")
    // Sound: within the memory, and the loan is exclusive.
    let room = unsafe UnsafeMutableBufferPointer(start: memory.start, count: count)
    var bytes = unsafe OutputSpan(buffer: room, initializedCount: 0)
    try body(&bytes)
    return unsafe bytes.finalize(for: room)
  }

  /// Lends the first `count` bytes, with what earlier replies left in them.
  mutating func withBytes<Failure: Error>(
    count: Int, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    precondition(count <= memory.capacity, "a buffer of this size was requested")
    // Sound: within the memory, which is initialized, and the loan is exclusive.
    var bytes = unsafe MutableSpan(_unsafeStart: memory.start, count: count)
    return try body(&bytes)
  }

  /// The memory itself, valid as long as this value.
  var start: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(memory.start) }
}
