internal import JFFS2

/// An event as a line for people, or for a program.
extension LineBuffer {
  /// The text before the path.
  mutating func append(_ event: HistoryEvent) {
    append(EventColumns(event).bytes.span)
  }

  /// The event as a JSON object, its keys in the order of the alphabet.
  ///
  /// - Parameter pathField: What ``json(key:_:)`` returns for the path.
  mutating func append(json event: HistoryEvent, pathField: [UInt8], oldPath: [UInt8]?) {
    append("{\"event\":\"")
    append(event.kind.rawValue)
    append("\"")
    if let inode = event.ino { append(key: "inode", inode) }
    if let oldPath { append(bytes: Self.json(key: "old_path", oldPath.jsonPath)) }
    append(bytes: pathField)
    if let size = event.version?.size { append(key: "size", size) }
    if let state = event.state {
      append(",\"state\":\"")
      append(state)
      append("\"")
    }
    if let time = event.time { append(key: "time", time) }
    append(event.isDirectory ? ",\"type\":\"directory\"" : ",\"type\":\"file\"")
    if let number = event.number { append(key: "version", UInt32(number)) }
    append("}")
  }

  /// A field of an object with a comma before it; another one has the bytes in hexadecimal where they are not UTF-8.
  static func json(key: StaticString, _ value: [UInt8]) -> [UInt8] {
    var field = LineBuffer()
    field.append(",\"")
    field.append(key)
    field.append("\":")
    field.append(json: value)
    if let hex = value.hexUnlessText {
      field.append(",\"")
      field.append(key)
      field.append("_hex\":\"")
      field.append(hex)
      field.append("\"")
    }
    return field.bytes
  }

  private mutating func append(key: StaticString, _ value: UInt32) {
    append(",\"")
    append(key)
    append("\":")
    append(value)
  }
}

/// The columns before the path: time, event, size and state.
private struct EventColumns {
  private static let (kindColumn, sizeEnd, stateColumn) = (21, 43, 45)

  private(set) var bytes = InlineArray<55, UInt8>(repeating: UInt8(ascii: " "))

  init(_ event: HistoryEvent) {
    if let time = event.time {
      let characters = ImageTime(time).characters
      for index in characters.indices { bytes[index] = characters[index] }
    } else {
      write("unknown", at: 0)
    }
    write(event.kind.rawValue, at: Self.kindColumn)
    if let size = event.version?.size {
      write(size, endingAt: Self.sizeEnd)
    } else {
      write("-", at: Self.sizeEnd - 1)
    }
    write(event.state ?? "-", at: Self.stateColumn)
  }

  private mutating func write(_ text: String, at column: Int) {
    let text = text.utf8.span
    for index in text.indices { bytes[column + index] = text[index] }
  }

  /// Writes a number in decimal, its last digit before a column.
  private mutating func write(_ number: UInt32, endingAt end: Int) {
    var (rest, column) = (number, end)
    repeat {
      column -= 1
      bytes[column] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
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
