internal import CArchive
internal import Glibc
internal import JFFS2

/// An archive that is being written to a descriptor.
struct ArchiveWriter: ~Copyable {
  private static let zeroes = [UInt8](repeating: 0, count: 1 << 20)

  private let writer: carchive_writer
  private let name: String
  private let isComplete: Bool

  /// - Parameters:
  ///   - descriptor: Open for writing; stays open, and must outlive the writer.
  ///   - name: The name in messages.
  init(descriptor: Int32, name: String, _ format: ExportFormat) {
    self.name = name
    isComplete = format.isComplete
    writer = carchive_create(descriptor, format.container, format.compression)
  }

  deinit { carchive_close_writer(writer) }

  /// Opens what writing an archive takes, so that it can be done after files can no longer be opened.
  static func prepare() { carchive_prepare() }

  /// Writes the data before an entry's contents.
  ///
  /// - Returns: Why the format cannot hold the entry, or nil where it does. Contents may follow only then.
  func write(_ entry: ExportEntry) throws(CommandFailure) -> String? {
    let attributes = entry.attributes
    carchive_describe(
      writer, UInt32(attributes.mode), UInt32(attributes.uid), UInt32(attributes.gid))
    carchive_set_times(
      writer, attributes.accessTime, attributes.modificationTime, attributes.changeTime)
    carchive_set_identity(
      writer, UInt32(entry.node.volume ?? 0), entry.node.ino, attributes.linkCount)
    carchive_set_size(writer, entry.size)
    if let device = attributes.device {
      carchive_set_device(writer, device.major, device.minor)
    }
    carchive_set_name(writer, .path, entry.path.span)
    switch entry.link {
    case .none: break
    case .symbolic(let target): carchive_set_name(writer, .symbolic_link, target.span)
    case .hard(let first): carchive_set_name(writer, .hard_link, first.span)
    }
    if isComplete { addAttributes(entry) }
    let result = carchive_write_header(writer, entry.isText)
    guard result >= 0 else { throw failure() }
    return result > 0 ? nil : message
  }

  /// Writes on in the latest entry's contents.
  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    guard carchive_write(writer, 0, bytes.span) else { throw failure() }
  }

  /// Writes zeros; formats that know of holes leave them out where the entry said so.
  func writeZeroes(_ count: UInt64) throws(CommandFailure) {
    var rest = count
    while rest > 0 {
      let part = Int(min(rest, UInt64(Self.zeroes.count)))
      guard carchive_write(writer, 0, Self.zeroes.span.extracting(0..<part)) else {
        throw failure()
      }
      rest -= UInt64(part)
    }
  }

  /// Ends the archive.
  func finish() throws(CommandFailure) {
    guard carchive_finish(writer) else { throw failure() }
  }

  private func addAttributes(_ entry: ExportEntry) {
    for xattr in entry.xattrs {
      carchive_add_xattr(writer, 0, xattr.name.span, xattr.value.span)
    }
    for line in entry.acl {
      // A list with an unknown tag was refused when it was read.
      _ = carchive_add_acl(writer, line.isDefault, line.tag, line.permissions, line.id)
    }
    // libarchive 3.6 cuts the name that it gives to a sparse file where the path is long and not UTF-8.
    let isNameKept = entry.isText || entry.path.count <= 100
    guard isNameKept, let ranges = entry.dataRanges else { return }
    for range in ranges {
      carchive_add_data_range(writer, range.lowerBound, UInt64(range.count))
    }
    if ranges.isEmpty { carchive_add_data_range(writer, entry.size, 0) }
  }

  private func failure() -> CommandFailure {
    let error = carchive_write_error(writer)
    let reason = error == 0 ? message : unsafe String(cString: strerror(error))
    return CommandFailure("\(name): \(reason)", .unreadable)
  }

  private var message: String {
    var bytes: [UInt8] = []
    while case let byte = carchive_message_byte(writer, bytes.count), byte != 0 {
      bytes.append(byte)
    }
    return bytes.isEmpty ? "libarchive failed" : bytes.text
  }
}
