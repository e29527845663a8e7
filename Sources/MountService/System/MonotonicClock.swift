import CLinux
import Glibc

package enum MonotonicClock {
  /// Milliseconds on a clock that never goes back.
  package static var now: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
