internal import CStorage
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

/// An open descriptor of a regular file, a block device or an MTD character device.
final class RandomAccessFile: Sendable {
  let path: String
  let byteCount: UInt64
  let descriptor: FileDescriptor
  /// The offset of the bytes in the descriptor's file.
  let start: UInt64
  private let badBlocks: BadBlocks?
  /// The owner of the descriptor; nil where this is the owner.
  private let extent: TemporaryFile.Extent?

  /// Takes over the descriptor, also where this throws.
  init(adopting descriptor: FileDescriptor, path: String) throws(StorageError) {
    do throws(StorageError) {
      (byteCount, badBlocks) = try Self.measure(descriptor, path)
    } catch {
      try? descriptor.close()
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    start = 0
    extent = nil
  }

  /// Creates a file from the bytes that were unpacked into an extent with this descriptor.
  init(_ extent: TemporaryFile.Extent, descriptor: Int32, byteCount: UInt64, path: String) {
    self.path = path
    self.descriptor = FileDescriptor(rawValue: descriptor)
    self.byteCount = byteCount
    start = extent.start
    badBlocks = nil
    self.extent = extent
  }

  deinit {
    // Nothing was written, so a failing close loses nothing.
    if extent == nil { try? descriptor.close() }
  }

  /// Fills `buffer` with the bytes from `offset` on, which must be inside the file as it was measured.
  @_lifetime(buffer: copy buffer)
  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(StorageError) {
    guard let badBlocks else { return try readStored(at: offset, into: &buffer) }
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let run = badBlocks.run(at: position)
      let count = Int(min(UInt64(buffer.count - done), run.end - position))
      var part = buffer._mutatingExtracting(done..<done + count)
      if run.isBad {
        part.update(repeating: 0xFF)
      } else {
        try readStored(at: position, into: &part)
      }
      done += count
    }
  }

  @_lifetime(buffer: copy buffer)
  private func readStored(
    at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let count: Int
      do {
        // Sound: the kernel writes only inside the buffer that it is handed.
        count = try unsafe buffer.withUnsafeMutableBytes { bytes in
          try unsafe descriptor.read(
            fromAbsoluteOffset: Int64(start + position),
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
    _ descriptor: FileDescriptor, _ path: String
  ) throws(StorageError) -> (UInt64, BadBlocks?) {
    var mode: UInt32 = 0
    var byteCount: UInt64 = 0
    var device: UInt64 = 0
    let result = unsafe cstorage_status(descriptor.rawValue, &mode, &byteCount, &device)
    guard result == 0 else {
      throw StorageError(.open, path: path, underlyingError: Errno(rawValue: -result))
    }
    switch mode & S_IFMT {
    case S_IFREG:
      return (byteCount, nil)
    case S_IFBLK:
      return (try end(of: descriptor, path), nil)
    case S_IFCHR where cstorage_is_mtd(device) != 0:
      // MEMGETINFO returns the size in 32 bits only.
      let byteCount = try end(of: descriptor, path)
      return (byteCount, try BadBlocks.find(descriptor.rawValue, byteCount, path))
    case S_IFDIR:
      throw StorageError(.notSeekable, path: path, underlyingError: .isDirectory)
    default:
      throw StorageError(.notSeekable, path: path)
    }
  }

  private static func end(
    of descriptor: FileDescriptor, _ path: String
  ) throws(StorageError) -> UInt64 {
    do {
      return UInt64(try descriptor.seek(offset: 0, from: .end))
    } catch {
      throw StorageError(.open, path: path, underlyingError: error as? Errno)
    }
  }
}
