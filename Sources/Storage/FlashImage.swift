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

  private let file: StorageFile
  private let dump: Dump?
  /// The segments of a view of another image.
  private let segmented: SegmentedImage?

  /// The place and layout of a dump whose spare areas are left out.
  private struct Dump {
    let start: UInt64
    let layout: SpareAreaLayout
  }

  /// Opens a regular file, a block device or an MTD character device for reading.
  ///
  /// - Throws: ``StorageError`` with `.open`, or `.notReadableAtPosition` for a directory, a fifo, a socket or another character device.
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
  /// - Throws: ``StorageError`` with `.open`, or `.notReadableAtPosition`.
  package init(adopting descriptor: Int32, path: String) throws(StorageError) {
    self.file = try StorageFile(adopting: FileDescriptor(rawValue: descriptor), path: path)
    self.path = path
    self.byteCount = file.byteCount
    self.dump = nil
    self.segmented = nil
  }

  init(_ file: StorageFile) {
    self.file = file
    self.path = file.path
    self.byteCount = file.byteCount
    self.dump = nil
    self.segmented = nil
  }

  private init(_ file: StorageFile, _ dump: Dump) {
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
  package func withoutSpareArea(
    _ layout: SpareAreaLayout, from start: UInt64
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

  /// The offset, in the underlying image, of a byte of a view, for messages; for other images the offset itself.
  package func reportedOffset(of offset: UInt64) -> UInt64 {
    guard let segmented else { return offset }
    return segmented.base.reportedOffset(of: segmented.baseOffset(of: offset))
  }

  /// The open descriptor, for a library that reads by position; it must be done before the image ends.
  ///
  /// It reads the file as it is, so the image must not be a view of another.
  package var rawDescriptor: Int32 { file.descriptor.rawValue }

  /// The offset of the image's first byte in the file of ``rawDescriptor``.
  package var rawStart: UInt64 { file.start }

  /// The error for a read of ``rawDescriptor`` that the system refused.
  package func readError(_ code: Int32) -> StorageError {
    StorageError(.read, path: path, underlyingError: Errno(rawValue: code))
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
    if let dump { return try gather(offset, dump, &buffer) }
    if let segmented { return try segmented.read(at: offset, into: &buffer) }
    try file.read(at: offset, into: &buffer)
  }

  /// Reads runs of pages with their spare areas and keeps the pages.
  private func gather(
    _ offset: UInt64, _ dump: Dump, _ buffer: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let pageSize = dump.layout.pageSize
    var inPage = Int(offset % UInt64(pageSize))
    var position = dump.start + dump.layout.dumpOffset(ofData: offset)
    if buffer.count <= pageSize - inPage { return try file.read(at: position, into: &buffer) }
    // Full pages at most: the run's last byte is data, so that spare bytes that are not wanted may be missing.
    let pagesInRun = max(1, (256 << 10) / dump.layout.stride)
    var scratch: [UInt8] = []
    var done = 0
    while done < buffer.count {
      let count = min(buffer.count - done, pagesInRun * pageSize - inPage)
      let dumpCount =
        Int(dump.layout.dumpOffset(ofData: UInt64(inPage + count - 1))) + 1 - inPage
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
  /// - Parameter firstOffset: The offset of the run in its page.
  fileprivate mutating func copyPages(
    _ run: Span<UInt8>, firstOffset: Int, to target: Range<Int>, _ layout: SpareAreaLayout
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
          from += count + layout.spareSize
          inPage = 0
        }
      }
    }
  }
}
