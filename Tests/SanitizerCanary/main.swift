// Does what a sanitizer must find: a run under one proves nothing where it finds nothing here.
import Foundation

/// Not protected by anything, which is the point.
final class Counter: @unchecked Sendable {
  var value = 0
}

switch CommandLine.arguments.dropFirst().first {
case "address":
  let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
  bytes.initialize(repeating: 1, count: 16)
  bytes.deallocate()
  print(bytes[CommandLine.arguments.count])
case "thread":
  let counter = Counter()
  let threads = (0..<2).map { _ in
    Thread { for _ in 0..<100_000 { counter.value += 1 } }
  }
  for thread in threads { thread.start() }
  while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
  print(counter.value)
default:
  print("usage: sanitizer-canary address|thread")
  exit(64)
}
