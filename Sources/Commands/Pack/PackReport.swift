internal import Storage
internal import Support

/// The summary of a pack.
package struct PackReport: Encodable, Sendable {
  /// The new file; nil where none was made.
  let path: String?
  /// The bytes of the new file.
  let size: UInt64?
  /// Those of the file system in it.
  let fileSystemSize: UInt64?
  /// The regular files, each counted once.
  let fileCount: Int
  /// nil where there is no old file system.
  let changes: [DifferencesDocument.Change]?
  /// By how many bytes the new file is larger than the old one.
  let growth: UInt64?

  private enum CodingKeys: String, CodingKey {
    case path, size, fileSystemSize, fileCount, changes
  }

  /// The line at the end.
  package var summary: String {
    let changes = changes.map {
      $0.isEmpty ? "no changes" : NumberFormat.pluralized($0.count, "change")
    }
    let files = NumberFormat.pluralized(fileCount, "file")
    guard let path, let size else { return "\(changes ?? files)\n" }
    let parts = [NumberFormat.bytes(size), files, changes].compactMap(\.self)
    return "\(path): \(parts.joined(separator: ", ")); read back and compared\n"
  }

  /// A warning for the user to check before writing the file to a device.
  package var warning: String? {
    growth.map {
      "\(path ?? ""): \(NumberFormat.grouped($0)) bytes larger than the old file; make sure that the "
        + "partition has room"
    }
  }
}
