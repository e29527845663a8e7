internal import CLinux

/// The memory limit for reading an image: enough for any valid image of its size, and a limit for a malicious one.
///
/// Private memory that can be written counts, which is the heap and the stacks of threads. Beyond it the process ends.
package struct MemoryLimit: Equatable, Sendable {
  /// The limit for decompressors (a window of 128 MiB), caches and buffers, regardless of the image size.
  package static let base: UInt64 = 512 << 20

  /// Bytes for each byte of the image.
  ///
  /// Measured: 2.5 for 1.2 million of the smallest nodes, all live, in one directory, in separate files, or in one file.
  package static let perImageByte: UInt64 = 12

  /// The limit now.
  package let byteCount: UInt64
  /// The limit that can be set later.
  package let hardLimit: UInt64

  package init(byteCount: UInt64, hardLimit: UInt64) {
    self.byteCount = byteCount
    self.hardLimit = hardLimit
  }

  /// The limit for reading an image.
  ///
  /// - Parameters:
  ///   - imageByteCount: The bytes to be read.
  ///   - unpackedByteCount: What they may unpack to, for which ``raise(imageByteCount:threadCount:)`` may ask later.
  ///   - threadCount: The threads that there will be at most.
  package init(imageByteCount: UInt64, unpackedByteCount: UInt64, threadCount: UInt64) {
    byteCount = Self.needed(imageByteCount, threadCount)
    hardLimit = max(byteCount, Self.needed(max(imageByteCount, unpackedByteCount), threadCount))
  }

  /// Sets the limit for an image that turned out larger than the file it is in.
  package static func raise(imageByteCount: UInt64, threadCount: UInt64) {
    guard SandboxPolicy.isSupported else { return }
    // The result is ignored: if the limit stays low, a later allocation fails with an error.
    clinux_limit_memory(needed(imageByteCount, threadCount), .max)
  }

  private static func needed(_ imageByteCount: UInt64, _ threadCount: UInt64) -> UInt64 {
    let stacks = threadCount.multipliedReportingOverflow(by: clinux_thread_stack_size())
    let tables = imageByteCount.multipliedReportingOverflow(by: perImageByte)
    let sum = base.addingReportingOverflow(stacks.partialValue)
    let all = sum.partialValue.addingReportingOverflow(tables.partialValue)
    return stacks.overflow || tables.overflow || sum.overflow || all.overflow
      ? .max : all.partialValue
  }
}
