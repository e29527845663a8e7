import Glibc
import Support
import Testing

@Suite struct `Work in threads` {
  private struct Failure: Error, Equatable {
    let number: Int
  }

  @Test func `gives the results of both pieces`() {
    let (first, second) = runConcurrently({ pthread_self() }, { pthread_self() })
    #expect(first == pthread_self())
    #expect(second != first)
  }

  @Test func `in a separate thread gives the result, and has ended`() {
    var thread = pthread_self()
    let result = onDedicatedThread {
      thread = pthread_self()
      return [1, 2, 3]
    }
    #expect(result == [1, 2, 3])
    #expect(thread != pthread_self())
  }

  @Test func `in a separate thread passes on an error`() {
    #expect(throws: Failure(number: 7)) {
      try onDedicatedThread { () throws(Failure) -> Int in throw Failure(number: 7) }
    }
  }
}
