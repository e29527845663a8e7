/// Something that the log says happened.
package struct HistoryEvent: Sendable {
  package enum Kind: String, Sendable {
    /// The first name of a file or directory.
    case created
    /// A save.
    case written
    /// Other permissions, another owner or other times.
    case attributes
    /// Another name of a file.
    case linked
    case renamed
    case deleted
  }

  package let kind: Kind
  /// Seconds since 1970 by the device's clock; nil if unknown.
  package let time: UInt32?
  /// The index of the path, the old one of what was renamed.
  package let path: Int
  /// The index of the new path of what was renamed.
  package var newPath: Int?
  /// nil if nothing of the name but its deletion is left.
  package let ino: UInt32?
  package var isDirectory = false
  /// Whether nothing of the file's contents is left.
  package var isLost = false
  /// The version after the event, or before a deletion; nil for a directory, and if it is lost or unknown.
  package var version: FileVersion?
  /// The number of the version in its path.
  package var number: Int?
}
