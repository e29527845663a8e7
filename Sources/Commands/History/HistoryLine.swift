internal import JFFS2

/// An event as a line for people, or for a program.
extension LineBuffer {
  private static let (kindColumn, sizeEnd, stateColumn, pathColumn) = (21, 43, 45, 55)

  /// The text before the path.
  mutating func append(_ event: HistoryEvent) {
    if let time = event.time { ImageTime(time).write(to: &self) } else { append("unknown") }
    pad(to: Self.kindColumn)
    append(event.kind.rawValue)
    if let size = event.version?.size {
      pad(to: Self.sizeEnd - size.decimalWidth)
      append(size)
    } else {
      pad(to: Self.sizeEnd - 1)
      append("-")
    }
    pad(to: Self.stateColumn)
    append(event.state ?? "-")
    pad(to: Self.pathColumn)
  }

  /// The event as a JSON object, its keys in the order of the alphabet.
  mutating func append(json event: HistoryEvent, path: [UInt8], oldPath: [UInt8]?) {
    append("{\"event\":\"")
    append(event.kind.rawValue)
    append("\"")
    if let inode = event.ino { append(key: "inode", inode) }
    if let oldPath { append(key: "old_path", oldPath) }
    append(key: "path", path)
    if let size = event.version?.size { append(key: "size", size) }
    if let state = event.state { append(key: "state", Array(state.utf8)) }
    if let time = event.time { append(key: "time", time) }
    append(key: "type", Array((event.isDirectory ? "directory" : "file").utf8))
    if let number = event.number { append(key: "version", UInt32(number)) }
    append("}")
  }

  private mutating func append(key: StaticString, _ value: UInt32) {
    append(",\"")
    append(key)
    append("\":")
    append(value)
  }

  /// Adds the bytes in hexadecimal where they are not UTF-8.
  private mutating func append(key: StaticString, _ value: [UInt8]) {
    append(",\"")
    append(key)
    append("\":")
    append(json: value)
    guard let hex = value.hexUnlessText else { return }
    append(",\"")
    append(key)
    append("_hex\":\"")
    append(hex)
    append("\"")
  }
}

extension UInt32 {
  /// The number of decimal digits.
  fileprivate var decimalWidth: Int {
    var (width, rest) = (1, self)
    while rest >= 10 {
      rest /= 10
      width += 1
    }
    return width
  }
}

extension HistoryEvent {
  /// The state of the contents after the event: `complete`, `partial` or `lost`; nil if not applicable.
  var state: String? {
    if let version { return version.isComplete ? "complete" : "partial" }
    return isLost ? "lost" : nil
  }
}

/// A line of The Sleuth Kit's body file: `MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime`.
///
/// mactime gives all lines of one name the size of the last, so versions are distinguished by their names.
struct BodyFileLine {
  let bytes: [UInt8]

  /// - Parameter number: The number of the version in its path; nil if it is the only one.
  init(
    _ version: FileVersion, number: Int?, _ attributes: InodeAttributes, path: [UInt8],
    isDeleted: Bool
  ) {
    // As fls does it; a bar would end the name.
    let name = path.map {
      $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "|") ? UInt8(ascii: "^") : $0
    }
    let mode = LongLine.permissions(attributes.mode)
    let type = mode.hasPrefix("-") ? "r" : String(mode.prefix(1))
    let birthTime = version.isCreation ? version.changeTime : 0
    let fields = [
      (number.map { " (version \($0))" } ?? "") + (isDeleted ? " (deleted)" : ""), "\(version.ino)",
      "\(type)/\(type)\(mode.dropFirst())", "\(attributes.uid)", "\(attributes.gid)",
      "\(attributes.size)", "\(attributes.accessTime)", "\(attributes.modificationTime)",
      "\(attributes.changeTime)", "\(birthTime)\n",
    ]
    bytes = Array("0|/".utf8) + name + Array(fields.joined(separator: "|").utf8)
  }
}
