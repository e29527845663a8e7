/// The created entries and the failures of an extraction.
package struct ExtractionReport: Equatable, Sendable, Encodable {
  package struct Failure: Equatable, Sendable, Encodable {
    /// From the tree's root on; of a very long one the end.
    package let path: String
    /// The path in hexadecimal where it is not UTF-8.
    package let pathHex: String?
    package let reason: String
  }

  /// Regular files, further names not counted.
  package internal(set) var files = 0
  /// Directories that were not there before.
  package internal(set) var directories = 0
  package internal(set) var symbolicLinks = 0
  /// Names of files beyond the first.
  package internal(set) var hardLinks = 0
  /// Devices, fifos and sockets.
  package internal(set) var specialFiles = 0
  package internal(set) var devicesSkipped = 0
  /// Older versions of which ranges are missing.
  package internal(set) var partialVersions = 0
  /// The bytes of all files, holes included.
  package internal(set) var bytes: UInt64 = 0
  /// The requested entries that are missing or incomplete, in no order.
  package internal(set) var failures: [Failure] = []
  /// The attributes of complete files that could not be restored, one line each.
  package internal(set) var notes: [String] = []
}

extension ExtractionReport {
  /// The result in one line.
  ///
  /// - Parameter directory: The name of the target.
  package func summary(_ directory: [UInt8], _ style: TerminalStyle) -> String {
    let failed =
      failures.isEmpty
      ? "" : "; " + style.damage(NumberFormat.pluralized(failures.count, "failure"))
    return "\(NumberFormat.pluralized(files, "file")), \(style.size(bytes)), in "
      + DisplayName.inMessages.text(directory) + failed + "\n"
  }
}
