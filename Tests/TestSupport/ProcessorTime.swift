internal import Glibc

/// The time in nanoseconds that the calling thread has worked, regardless of other load.
package func threadProcessorTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
