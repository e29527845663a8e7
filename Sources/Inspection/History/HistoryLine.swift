internal import JFFS2

/// What a line of `jffs2 history` has in front of the path.
struct HistoryLine {
  let text: String

  init(_ event: HistoryEvent) {
    let time = event.time.map { String(ImageTime($0).full.dropLast(4)) } ?? "unknown"
    text =
      Self.padded(time, 19) + "  " + Self.padded(event.kind.rawValue, 10) + "  "
      + Self.padded(event.version.map { "\($0.size)" } ?? "-", 10, isRight: true) + "  "
      + Self.padded(event.state ?? "-", 8) + "  "
  }

  private static func padded(_ text: String, _ width: Int, isRight: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.utf8.count))
    return isRight ? spaces + text : text + spaces
  }
}

extension HistoryEvent {
  /// How much is left of what the event left behind: `complete`, `partial` or `lost`; nil where that is no question.
  var state: String? {
    if let version { return version.isComplete ? "complete" : "partial" }
    return isLost ? "lost" : nil
  }
}

/// An event as `jffs2 history --json` writes it.
struct HistoryEntry: Encodable {
  let event: String
  /// Seconds since 1970 by the device's clock.
  let time: UInt32?
  let path: String
  let pathHex: String?
  let oldPath: String?
  let oldPathHex: String?
  let inode: UInt32?
  let type: String
  let size: UInt32?
  let state: String?
  let version: Int?

  init(_ event: HistoryEvent, path: [UInt8], oldPath: [UInt8]?) {
    self.event = event.kind.rawValue
    time = event.time
    self.path = path.text
    pathHex = path.hexUnlessText
    self.oldPath = oldPath?.text
    oldPathHex = oldPath?.hexUnlessText
    inode = event.ino
    type = event.isDirectory ? "directory" : "file"
    size = event.version?.size
    state = event.state
    version = event.number
  }
}

/// A line of The Sleuth Kit's body file: `MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime`.
///
/// mactime gives all lines of one name the size of the last, so versions are told apart by their names.
struct BodyFileLine {
  let bytes: [UInt8]

  /// - Parameter number: Of the version in its path; nil if there is no other.
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
