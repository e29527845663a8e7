internal import JFFS2

/// The selection and the order of `jffs2 ls`.
package struct ListingOptions: Sendable {
  /// The order of files; equal ones are in the order of their names' bytes.
  package enum Order: Sendable {
    case name
    /// The latest modification first.
    case time
    /// The largest first.
    case size
  }

  package var order = Order.name
  package var isReversed = false
  /// Permissions, links, owners, size and time are before each name; times are in UTC.
  package var isLong = false
  /// Sizes have units, as with `ls -h`.
  package var isHumanReadable = false
  /// The inode number is before each name.
  package var showsInodes = false
  /// A character after each name shows its type, as with `ls -F`.
  package var marksTypes = false
  /// Directories are listed themselves, not their entries.
  package var showsDirectories = false
  /// All that is below a directory is listed.
  package var isRecursive = false
  package var style = TerminalStyle.plain
  package var colors = FileColors()
  /// Whether names are in columns that fit the style's width.
  package var hasColumns = false

  package init() {}

  /// Whether more than names is shown, or needed for the order, so that unreadable attributes are a failure.
  var needsAttributes: Bool { isLong || order != .name }
}

/// A file to list.
struct ListedFile {
  /// The name or the path that is shown.
  let name: [UInt8]
  let node: ImageTree.FileID
  /// nil where they were not read.
  var attributes: Result<InodeAttributes, JFFS2Error>?

  /// Those that can be read.
  var readable: InodeAttributes? { try? attributes?.get() }

  var isDirectory: Bool { readable?.isDirectory == true }

  /// The character of `ls -F` for the type.
  var mark: String {
    guard let mode = readable?.mode else { return "" }
    return switch FileType(mode: mode) {
    case .directory: "/"
    case .symbolicLink: "@"
    case .fifo: "|"
    case .socket: "="
    case .regular: mode & 0o111 != 0 ? "*" : ""
    case .characterDevice, .blockDevice, nil: ""
    }
  }
}

extension ListingOptions {
  /// The files in order.
  func sorted(_ files: [ListedFile]) -> [ListedFile] {
    let sorted = files.sorted { first, second in
      let (left, right) =
        switch order {
        case .name: (UInt64(0), UInt64(0))
        case .time:
          (
            UInt64(first.readable?.modificationTime ?? 0),
            UInt64(second.readable?.modificationTime ?? 0)
          )
        case .size: (first.readable?.size ?? 0, second.readable?.size ?? 0)
        }
      return left == right ? first.name.lexicographicallyPrecedes(second.name) : left > right
    }
    return isReversed ? sorted.reversed() : sorted
  }
}
