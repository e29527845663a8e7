internal import CStorage
internal import Glibc
package import Storage

/// A fuzzer's input as an image: one file in memory, rewritten for each input.
package enum InputImage {
  private static let descriptor = cstorage_memory_file("fuzz")

  /// The bytes as an image that is valid until the next call.
  package static func make(_ bytes: [UInt8]) throws(StorageError) -> FlashImage {
    guard descriptor >= 0, ftruncate(descriptor, 0) == 0,
      bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count
    else { throw StorageError(.open, path: "memory") }
    return try FlashImage(adopting: dup(descriptor), path: "input")
  }
}

/// Ends the process as a crash does, so that the fuzzer keeps the input.
package func found(_ what: String) -> Never {
  print("found: \(what)")
  fflush(nil)
  abort()
}
