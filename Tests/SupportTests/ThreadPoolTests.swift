import Support
import Synchronization
import Testing

@Suite struct `A work queue` {
  @Test(arguments: [0, 1, 64, 1000])
  func `does all work before finish returns`(count: Int) {
    let queue = ThreadPool()
    let counter = Counter()
    for _ in 0..<count { queue.add { counter.increase() } }
    queue.finish()
    #expect(counter.value == count)
  }

  @Test func `takes more work after finish`() {
    let queue = ThreadPool()
    let counter = Counter()
    for round in 1...50 {
      for _ in 0..<3 { queue.add { counter.increase() } }
      queue.finish()
      #expect(counter.value == round * 3)
    }
  }

  @Test func `does not block the caller while the work waits`() {
    let queue = ThreadPool()
    let (begun, released) = (Semaphore(), Semaphore())
    queue.add {
      begun.signal()
      released.wait()
    }
    begun.wait()
    released.signal()
    queue.finish()
  }

  @Test func `runs added work even if no thread waits for it`() {
    let finished = Semaphore()
    do {
      let queue = ThreadPool()
      for _ in 0..<20 { queue.add { finished.signal() } }
    }
    for _ in 0..<20 { finished.wait() }
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .sequentiallyConsistent) }
  func increase() { count.add(1, ordering: .sequentiallyConsistent) }
}
