internal import Synchronization
internal import SystemPackage

/// Unpacked data that becomes an image: an extent of a ``ScratchFile``.
package struct TemporaryFile: ~Copyable {
  /// The bytes that were appended.
  package private(set) var byteCount: UInt64 = 0

  private let extent: Extent
  private let descriptor: Int32

  /// An extent of the file, freed by its last owner.
  final class Extent: Sendable {
    let file: ScratchFile
    let start: UInt64
    private let length = Mutex<UInt64>(0)

    init(_ file: ScratchFile) {
      self.file = file
      start = file.addFile()
    }

    deinit { file.removeFile(start..<start + length.withLock { $0 }) }

    func extend(to byteCount: UInt64) {
      length.withLock { $0 = byteCount }
      file.extend(to: start + byteCount)
    }
  }

  /// Starts an empty one. The previous one must no longer grow.
  ///
  /// - Throws: ``StorageError`` with `.temporaryFile`.
  package init(in file: ScratchFile) throws(StorageError) {
    descriptor = file.openedDescriptor()
    guard descriptor >= 0 else {
      throw StorageError(.temporaryFile, path: "", underlyingError: Errno(rawValue: -descriptor))
    }
    extent = Extent(file)
  }

  /// Writes after what is there already.
  ///
  /// - Throws: ``StorageError`` with `.temporaryFile`, of which a full disk is the usual cause.
  package mutating func append(_ bytes: Span<UInt8>) throws(StorageError) {
    do {
      // Sound: the bytes are only read, and only inside the closure.
      let count = try unsafe bytes.withUnsafeBytes { bytes in
        try unsafe FileDescriptor(rawValue: descriptor)
          .writeAll(toAbsoluteOffset: Int64(extent.start + byteCount), bytes)
      }
      byteCount += UInt64(count)
      extent.extend(to: byteCount)
    } catch {
      throw StorageError(
        .temporaryFile, path: "", offset: byteCount, underlyingError: error as? Errno)
    }
  }

  /// The written data, for reading.
  ///
  /// - Parameter path: The name in messages.
  package consuming func image(path: String) -> FlashImage {
    FlashImage(RandomAccessFile(extent, descriptor: descriptor, byteCount: byteCount, path: path))
  }
}
