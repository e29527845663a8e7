internal import CStorage
package import SystemPackage

/// The bytes of a flash memory, read at any position: a file, a device, or an unpacked member.
///
/// The bytes are read, never mapped: a file that shrinks or a device that fails is an error here and would be a signal with
/// a mapping. All methods may be called from any thread at once. Several volumes may share one image.
package final class FlashImage: Sendable {
  /// The path the user knows this image by; for messages only.
  package let path: String

  /// The number of bytes, taken once when the image was opened.
  package let byteCount: UInt64

  private let file: RandomAccessFile
  private let dump: Dump?
  /// The segments of a view of another image.
  private let segmented: SegmentedImage?

  /// The place and layout of a dump whose spare areas are left out.
  private struct Dump {
    let start: UInt64
    let layout: NANDPageLayout
  }

  /// Opens a regular file, a block device or an MTD character device for reading.
  ///
  /// - Throws: ``StorageError`` with `.open`, or `.notSeekable` for a directory, a fifo, a socket or another character device.
  package convenience init(opening path: FilePath) throws(StorageError) {
    let descriptor: FileDescriptor
    do {
      // Without O_NONBLOCK, opening a fifo would wait for its writer.
      descriptor = try FileDescriptor.open(
        path, .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw StorageError(.open, path: path.string, underlyingError: error as? Errno)
    }
    try self.init(adopting: descriptor.rawValue, path: path.string)
  }

  /// Takes over an open descriptor and closes it when the last image that shares it ends, or at once where this throws.
  ///
  /// Bad blocks of an MTD device are looked up here, and read as erased flash from then on.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading; its file position is neither used nor moved but for measuring.
  ///   - path: What messages call the image.
  /// - Throws: ``StorageError`` with `.open`, or `.notSeekable`.
  package init(adopting descriptor: Int32, path: String) throws(StorageError) {
    self.file = try RandomAccessFile(adopting: FileDescriptor(rawValue: descriptor), path: path)
    self.path = path
    self.byteCount = file.byteCount
    self.dump = nil
    self.segmented = nil
  }

  /// A copy of bytes, in a file that is in memory and has no name.
  ///
  /// - Throws: ``StorageError`` with `.temporaryFile`.
  package convenience init(copying bytes: Span<UInt8>, path: String) throws(StorageError) {
    let descriptor = unsafe cstorage_memory_file(path)
    guard descriptor >= 0 else {
      throw StorageError(.temporaryFile, path: path, underlyingError: Errno(rawValue: -descriptor))
    }
    let file = FileDescriptor(rawValue: descriptor)
    do {
      // Sound: the bytes are only read, and only inside the closure.
      _ = try unsafe bytes.withUnsafeBytes { try unsafe file.writeAll($0) }
    } catch {
      try? file.close()
      throw StorageError(.temporaryFile, path: path, underlyingError: error as? Errno)
    }
    try self.init(adopting: descriptor, path: path)
  }

  init(_ file: RandomAccessFile) {
    self.file = file
    self.path = file.path
    self.byteCount = file.byteCount
    self.dump = nil
    self.segmented = nil
  }

  private init(_ file: RandomAccessFile, _ dump: Dump) {
    self.file = file
    self.path = file.path
    self.byteCount = dump.layout.dataByteCount(inDumpOf: file.byteCount - dump.start)
    self.dump = dump
    self.segmented = nil
  }

  private init(_ segmented: SegmentedImage) {
    self.file = segmented.base.file
    self.path = segmented.base.path
    self.byteCount = segmented.byteCount
    self.dump = nil
    self.segmented = segmented
  }

  /// The data of a NAND dump, without the spare area after each page. Offsets in it count data only; errors of reading name
  /// the offset in the file.
  ///
  /// - Parameters:
  ///   - layout: The sizes of a page and of its spare area.
  ///   - start: Where the dump's first page starts in this image. Must not be beyond the end. A last page that is truncated counts as far
  ///     as it is there.
  /// - Precondition: This image leaves nothing out itself.
  package func strippingOOB(
    _ layout: NANDPageLayout, from start: UInt64
  ) -> FlashImage {
    precondition(dump == nil && segmented == nil && start <= byteCount)
    return FlashImage(file, Dump(start: start, layout: layout))
  }

  /// A view of the image that consists of segments of it, in the order given. Offsets in it count from the start of the first segment;
  /// errors of reading name the offset in the file.
  ///
  /// - Parameter segments: Inside the image.
  package func arranged(_ segments: [ImageSegment]) -> FlashImage {
    FlashImage(SegmentedImage(self, segments))
  }

  /// The same bytes with the spare areas that the image leaves out; nil if it leaves none out.
  package func withSpareAreas(_ range: Range<UInt64>) -> (image: FlashImage, range: Range<UInt64>)?
  {
    guard let dump else { return nil }
    let start = dump.start + dump.layout.rawOffset(forDataOffset: range.lowerBound)
    // The last spare area may be missing.
    let end = min(
      dump.start + dump.layout.rawOffset(forDataOffset: range.upperBound), file.byteCount)
    return (FlashImage(file), min(start, end)..<end)
  }

  /// Where a byte of a view made of segments is in the image that they are from, for messages; of other images the offset itself.
  package func reportedOffset(of offset: UInt64) -> UInt64 {
    guard let segmented else { return offset }
    return segmented.base.reportedOffset(of: segmented.baseOffset(of: offset))
  }

  /// The open descriptor, for a library that reads by position; it must be done before the image ends.
  ///
  /// It reads the file as it is, so the image must not be a view of another.
  package var fileDescriptor: Int32 { file.descriptor.rawValue }

  /// The offset of the image's first byte in the file of ``fileDescriptor``.
  package var fileStart: UInt64 { file.start }

  /// The error for a read of ``fileDescriptor`` that the system refused.
  package func readError(_ code: Int32) -> StorageError {
    StorageError(.read, path: path, underlyingError: Errno(rawValue: code))
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: ``StorageError`` with `.outOfRange` where the range is not inside ``byteCount``, `.shortRead` with the first
  ///   missing offset where the file has shrunk, or `.read`. The buffer's contents are then unspecified.
  @_lifetime(buffer: copy buffer)
  package func read(
    at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= byteCount else {
      throw StorageError(.outOfRange, path: path, offset: max(offset, byteCount))
    }
    if let dump { return try readStrippingOOB(offset, dump, &buffer) }
    if let segmented { return try segmented.read(at: offset, into: &buffer) }
    try file.read(at: offset, into: &buffer)
  }

  /// Reads runs of pages with their spare areas and keeps the pages.
  @_lifetime(buffer: copy buffer)
  private func readStrippingOOB(
    _ offset: UInt64, _ dump: Dump, _ buffer: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let pageSize = dump.layout.pageSize
    var inPage = Int(offset % UInt64(pageSize))
    var position = dump.start + dump.layout.rawOffset(forDataOffset: offset)
    if buffer.count <= pageSize - inPage { return try file.read(at: position, into: &buffer) }
    // Full pages at most: the run's last byte is data, so that spare bytes that are not wanted may be missing.
    let pagesInRun = max(1, (256 << 10) / dump.layout.stride)
    var scratch: [UInt8] = []
    var done = 0
    while done < buffer.count {
      let count = min(buffer.count - done, pagesInRun * pageSize - inPage)
      let dumpCount =
        Int(dump.layout.rawOffset(forDataOffset: UInt64(inPage + count - 1))) + 1 - inPage
      if scratch.count < dumpCount { scratch = [UInt8](repeating: 0, count: dumpCount) }
      var whole = scratch.mutableSpan
      var run = whole._mutatingExtracting(0..<dumpCount)
      try file.read(at: position, into: &run)
      buffer.copyPages(scratch.span, firstOffset: inPage, to: done..<done + count, dump.layout)
      done += count
      // From here on runs start with a page.
      position += UInt64(pagesInRun * dump.layout.stride - inPage)
      inPage = 0
    }
  }
}

extension MutableSpan<UInt8> {
  /// Copies the data out of a run of pages with spare areas.
  ///
  /// - Parameter firstOffset: Where in its page the run starts.
  @_lifetime(self: copy self)
  fileprivate mutating func copyPages(
    _ run: Span<UInt8>, firstOffset: Int, to target: Range<Int>, _ layout: NANDPageLayout
  ) {
    precondition(target.lowerBound >= 0 && target.upperBound <= count)
    // Sound: rebasing slices checks that both sides are inside their buffers.
    unsafe run.withUnsafeBytes { source in
      unsafe withUnsafeMutableBytes { bytes in
        var from = 0
        var to = target.lowerBound
        var inPage = firstOffset
        while to < target.upperBound {
          let count = Swift.min(layout.pageSize - inPage, target.upperBound - to)
          unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[to..<to + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
          to += count
          from += count + layout.oobSize
          inPage = 0
        }
      }
    }
  }
}
