internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

/// The bytes of a flash memory, read at any position: a file, a block device, or an unpacked member.
///
/// The bytes are read, never mapped: a file that shrinks or a device that fails is an error here and would be a signal with
/// a mapping. All methods may be called from any thread at once. Several volumes may share one image.
package final class FlashImage: Sendable {
  /// The path the user knows this image by; for messages only.
  package let path: String

  /// The number of bytes, taken once when the image was opened.
  package let byteCount: UInt64

  private let descriptor: FileDescriptor

  /// Opens a regular file or a block device for reading.
  ///
  /// - Throws: ``StorageError`` with `.open`, or `.notReadableAtPosition` for a directory, a fifo, a socket or a character device.
  package convenience init(opening path: String) throws(StorageError) {
    let descriptor: FileDescriptor
    do {
      // Without O_NONBLOCK, opening a fifo would wait for its writer.
      descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw StorageError(.open, path: path, underlyingError: error as? Errno)
    }
    try self.init(adopting: descriptor.rawValue, path: path)
  }

  /// Takes over an open descriptor and closes it when the image ends, or at once where this throws.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading; its file position is neither used nor moved but for measuring.
  ///   - path: What messages call the image.
  /// - Throws: ``StorageError`` with `.open`, or `.notReadableAtPosition`.
  package init(adopting descriptor: Int32, path: String) throws(StorageError) {
    let descriptor = FileDescriptor(rawValue: descriptor)
    do throws(StorageError) {
      self.byteCount = try Self.measure(descriptor, path: path)
    } catch {
      try? descriptor.close()
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  /// The open descriptor, for a library that reads by position; it must be done before the image ends.
  package var rawDescriptor: Int32 { descriptor.rawValue }

  /// The error for a read of ``rawDescriptor`` that the system refused.
  package func readError(_ code: Int32) -> StorageError {
    StorageError(.read, path: path, underlyingError: Errno(rawValue: code))
  }

  deinit {
    // Nothing was written, so a failing close loses nothing.
    try? descriptor.close()
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: ``StorageError`` with `.outOfRange` where the range is not inside ``byteCount``, `.shortRead` with the first
  ///   missing offset where the file has shrunk, or `.read`. The buffer's contents are then unspecified.
  package func read(
    at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= byteCount else {
      throw StorageError(.outOfRange, path: path, offset: max(offset, byteCount))
    }
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let count: Int
      do {
        // Sound: the kernel writes only inside the buffer that it is handed.
        count = try unsafe buffer.withUnsafeMutableBytes { bytes in
          try unsafe descriptor.read(
            fromAbsoluteOffset: Int64(position),
            into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
        }
      } catch {
        throw StorageError(.read, path: path, offset: position, underlyingError: error as? Errno)
      }
      guard count > 0 else { throw StorageError(.shortRead, path: path, offset: position) }
      done += count
    }
  }

  private static func measure(
    _ descriptor: FileDescriptor, path: String
  ) throws(StorageError) -> UInt64 {
    var status = stat()
    guard unsafe fstat(descriptor.rawValue, &status) == 0 else {
      throw StorageError(.open, path: path, underlyingError: Errno(rawValue: errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      return UInt64(status.st_size)
    case S_IFBLK:
      do {
        return UInt64(try descriptor.seek(offset: 0, from: .end))
      } catch {
        throw StorageError(.open, path: path, underlyingError: error as? Errno)
      }
    case S_IFDIR:
      throw StorageError(.notReadableAtPosition, path: path, underlyingError: .isDirectory)
    default:
      throw StorageError(.notReadableAtPosition, path: path)
    }
  }
}
