internal import JFFS2

/// A record as a line for people.
extension LineBuffer {
  private static let (kindColumn, stateColumn, checksColumn) = (26, 38, 49)
  private static let (inoColumn, versionColumn, contentsColumn) = (59, 66, 71)

  mutating func append(text record: LogRecord) {
    append(hex: record.offset, width: 8)
    append(" ")
    append(hex: UInt32(record.magic), width: 4)
    append(" ")
    append(hex: UInt32(record.type), width: 4)
    append(" ")
    append(record.length)
    pad(to: Self.kindColumn)
    append(record.kind.rawValue)
    guard let checks = record.checks else { return }
    pad(to: Self.stateColumn)
    append(record.state?.rawValue ?? "-")
    pad(to: Self.checksColumn)
    append(checks.verdict)
    appendFields(of: record)
  }

  private mutating func appendFields(of record: LogRecord) {
    switch record.fields {
    case .none: return
    case .inode(let raw):
      append(ino: raw.ino, version: raw.version)
      guard raw.size > 0 || raw.compressedSize > 0 else {
        append("attributes, file size ")
        append(raw.fileSize)
        return
      }
      append(raw.fileOffset)
      append("..")
      append(UInt64(raw.fileOffset) + UInt64(raw.size))
      append(" ")
      append(raw.compression.name ?? "compression \(raw.compression.rawValue)")
      if raw.compression != .none {
        append(" ")
        append(raw.compressedSize)
        append("/")
        append(raw.size)
      }
    case .dirent(let raw, let name):
      append(ino: raw.ino, version: raw.version)
      append(quoted: name)
      append(" in ")
      append(raw.parentIno)
      if raw.ino == 0 { append(", deleted") }
    case .xattr(let raw, let name):
      append(ino: nil, version: raw.version)
      append("xid ")
      append(raw.xid)
      append(" ")
      append(quoted: raw.namespace?.fullName(name) ?? name)
      append(" ")
      append(UInt32(raw.valueLength))
      append(" bytes")
    case .xref(let raw):
      append(ino: raw.ino, version: raw.sequence)
      append("xid ")
      append(raw.xid)
      if !raw.sequence.isMultiple(of: 2) { append(", removed") }
    }
  }

  private mutating func append(ino: UInt32?, version: UInt32) {
    pad(to: Self.inoColumn)
    if let ino { append(ino) } else { append("-") }
    pad(to: Self.versionColumn)
    append(version)
    pad(to: Self.contentsColumn)
  }
}

extension NodeValidation {
  /// `ok`, or which CRCs are wrong.
  fileprivate var verdict: String {
    if areValid { return "ok" }
    var wrong: [String] = []
    if !header { wrong.append("header") }
    if node == false { wrong.append("node") }
    if name == false { wrong.append("name") }
    if data == false { wrong.append("data") }
    if !lengthsMatch { wrong.append("length") }
    return "bad " + wrong.joined(separator: ",")
  }
}
