import Glibc
import Storage
import Support
import Synchronization

/// Resources with contention, where each thread waits in turn: a lazily initialized global, and a lock.
enum Contention {
  private static let global = {
    usleep(100_000)
    return 1
  }()
  private static let lock = Mutex(0)

  static func provoke() {
    _ = runConcurrently({ global }, { later { global } })
    _ = runConcurrently({ holdLock() }, { later { holdLock() } })
    _ = runConcurrently({ later { holdLock() } }, { holdLock() })
  }

  /// The result of what is begun when the other thread has what both want.
  private static func later<Result>(_ body: () -> Result) -> Result {
    usleep(20_000)
    return body()
  }

  private static func holdLock() {
    lock.withLock { count in
      usleep(100_000)
      count += 1
    }
  }
}
