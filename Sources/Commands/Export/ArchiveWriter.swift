internal import CArchive
internal import FirmwareAccess
internal import Glibc
internal import JFFS2

/// An archive that is being written to a descriptor.
// Sound: the writer is made and closed here, and used only through this value.
@safe struct ArchiveWriter: ~Copyable {
  private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

  private let writer: OpaquePointer?
  private let name: String
  private let isComplete: Bool
  /// Kept for the writer, which has its address.
  private let progress: Progress

  /// - Parameters:
  ///   - descriptor: Open for writing; stays open, and must outlive the writer.
  ///   - name: The name in messages.
  ///   - progress: Gets the bytes that are compressed, if the format reports them.
  init(descriptor: Int32, name: String, _ format: ExportFormat, _ progress: Progress) {
    self.name = name
    self.progress = progress
    isComplete = format.isComplete
    unsafe writer = carchive_create(descriptor, format.container, format.compression)
    unsafe carchive_report_progress(
      writer,
      { context, byteCount in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Progress>.fromOpaque(context).takeUnretainedValue().reach(byteCount)
      }, Unmanaged.passUnretained(progress).toOpaque())
  }

  deinit { unsafe carchive_close_writer(writer) }

  /// Writes the data before an entry's contents.
  ///
  /// - Returns: Why the format cannot hold the entry, or nil where it does. Contents may follow only then.
  func write(_ entry: ExportEntry) throws(ProgramError) -> String? {
    let attributes = entry.attributes
    unsafe carchive_describe(
      writer, UInt32(attributes.mode), UInt32(attributes.uid), UInt32(attributes.gid))
    unsafe carchive_set_times(
      writer, attributes.accessTime, attributes.modificationTime, attributes.changeTime)
    unsafe carchive_set_identity(
      writer, UInt32(entry.node.volume ?? 0), entry.node.ino, attributes.linkCount)
    unsafe carchive_set_size(writer, entry.size)
    if let device = attributes.device {
      unsafe carchive_set_device(writer, device.major, device.minor)
    }
    unsafe carchive_set_name(writer, .path, entry.path.span)
    switch entry.link {
    case .none: break
    case .symbolic(let target): unsafe carchive_set_name(writer, .symbolic_link, target.span)
    case .hard(let first): unsafe carchive_set_name(writer, .hard_link, first.span)
    }
    if isComplete { addAttributes(entry) }
    let result = unsafe carchive_write_header(writer, entry.isText)
    guard result >= 0 else { throw failure() }
    return result > 0 ? nil : message
  }

  /// Writes on in the latest entry's contents.
  func write(_ bytes: [UInt8]) throws(ProgramError) {
    guard unsafe carchive_write(writer, bytes.span) else { throw failure() }
  }

  /// Writes zeros; formats that know of holes leave them out where the entry said so.
  func writeZeros(_ count: UInt64) throws(ProgramError) {
    var rest = count
    while rest > 0 {
      let part = Int(min(rest, UInt64(Self.zeros.count)))
      guard unsafe carchive_write(writer, Self.zeros.span.extracting(0..<part)) else {
        throw failure()
      }
      rest -= UInt64(part)
    }
  }

  /// Ends the archive.
  func finish() throws(ProgramError) {
    guard unsafe carchive_finish(writer) else { throw failure() }
  }

  private func addAttributes(_ entry: ExportEntry) {
    for xattr in entry.xattrs {
      unsafe carchive_add_xattr(writer, xattr.name.span, xattr.value.span)
    }
    for line in entry.acl {
      // A list with an unknown tag was refused when it was read.
      _ = unsafe carchive_add_acl(writer, line.isDefault, line.tag, line.permissions, line.id)
    }
    // libarchive 3.6 cuts the name that it gives to a sparse file where the path is long and not UTF-8.
    let isNameKept = entry.isText || entry.path.count <= 100
    guard isNameKept, let ranges = entry.dataRanges else { return }
    for range in ranges {
      unsafe carchive_add_data_range(writer, range.lowerBound, UInt64(range.count))
    }
    if ranges.isEmpty { unsafe carchive_add_data_range(writer, entry.size, 0) }
  }

  private func failure() -> ProgramError {
    let error = unsafe carchive_write_error(writer)
    let reason = error == 0 ? message : unsafe String(cString: strerror(error))
    return ProgramError("\(name): \(reason)", .failure)
  }

  private var message: String {
    guard let text = unsafe carchive_write_message(writer) else { return "libarchive failed" }
    return unsafe String(cString: text)
  }
}
