internal import Glibc

/// A count that a thread takes one from, waiting while there is none.
@safe package final class Semaphore: @unchecked Sendable {
  // Sound: POSIX gives semaphores to several threads, and this one has a fixed address until its last reference is released.
  private let semaphore: UnsafeMutablePointer<sem_t>

  package init(_ count: UInt32 = 0) {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, count)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  package func signal() { unsafe sem_post(semaphore) }

  package func wait() {
    // The only failure is a signal in between.
    while unsafe sem_wait(semaphore) != 0 {}
  }
}
