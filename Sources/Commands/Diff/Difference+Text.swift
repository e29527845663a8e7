internal import JFFS2
internal import Storage

extension Difference {
  /// The line that a person reads, with a newline: a sign, the path, and what differs.
  func line(_ names: DisplayName) -> [UInt8] {
    var line = Array("\(sign) ".utf8)
    if change == .renamed { line += names.bytes(old?.path.bytes ?? []) + Array(" -> ".utf8) }
    line += names.bytes(path.bytes)
    let parts =
      aspects.filter { $0 != .damage }.map { part($0, names) }
      + faults.map { side, fault in
        let what = fault.isRefusal ? "cannot be read" : "damaged"
        return Array("\(what) in \(side.rawValue.uppercased()): \(fault.reason)".utf8)
      }
    for (index, part) in parts.enumerated() {
      line += Array((index == 0 ? ": " : ", ").utf8) + part
    }
    return line + [UInt8(ascii: "\n")]
  }

  private var sign: String {
    switch change {
    case .added: "+"
    case .removed: "-"
    case .changed: "~"
    case .renamed: ">"
    }
  }

  private func part(_ aspect: Aspect, _ names: DisplayName) -> [UInt8] {
    guard let old = old?.attributes, let new = new?.attributes else { return [] }
    if aspect == .target {
      return Array("target ".utf8) + names.bytes(old.target ?? []) + Array(" -> ".utf8)
        + names.bytes(new.target ?? [])
    }
    return Array(text(aspect, old, new).utf8)
  }

  private func text(
    _ aspect: Aspect, _ old: EntryAttributes, _ new: EntryAttributes
  ) -> String {
    switch aspect {
    case .type: "type \(old.typeName) -> \(new.typeName)"
    case .contents: "contents (\(Self.sizes(old.size, new.size)))"
    case .mode:
      "mode \(String(old.permissions, radix: 8)) -> \(String(new.permissions, radix: 8))"
    case .owner: "owner \(old.uid):\(old.gid) -> \(new.uid):\(new.gid)"
    case .device: "device \(old.device ?? "unknown") -> \(new.device ?? "unknown")"
    case .xattrs: "xattrs \(xattrs(old.xattrs ?? [:], new.xattrs ?? [:]))"
    case .times:
      "time \(old.time.full) -> \(new.time.full)"
    case .target, .damage: ""
    }
  }

  private static func sizes(_ old: UInt64, _ new: UInt64) -> String {
    if old == new { return NumberFormat.bytes(old) }
    let (first, second) = (NumberFormat.bytes(old), NumberFormat.bytes(new))
    return first == second
      ? "\(NumberFormat.grouped(old)) -> \(NumberFormat.grouped(new)) bytes"
      : "\(first) -> \(second)"
  }

  /// The names of attributes that differ, with the sign of what happened to each.
  private func xattrs(_ old: [[UInt8]: [UInt8]], _ new: [[UInt8]: [UInt8]]) -> String {
    xattrNames.map { name in
      (old[name] == nil ? "+" : new[name] == nil ? "-" : "~") + DisplayName.inMessages.text(name)
    }.joined(separator: " ")
  }
}

extension EntryAttributes {
  /// The time of modification as people read it.
  var time: ImageTime { ImageTime(UInt32(clamping: modificationTime)) }

  /// The name of its type.
  var typeName: String {
    switch type {
    case .regular: "file"
    case .directory: "directory"
    case .symbolicLink: "symbolic link"
    case .characterDevice: "character device"
    case .blockDevice: "block device"
    case .fifo: "fifo"
    case .socket: "socket"
    case nil: "unknown"
    }
  }
}

extension [UInt8] {
  /// A line with its newline, in the color of a change.
  func colored(_ change: Difference.Change, _ style: TerminalStyle) -> [UInt8] {
    guard style.colors != .none else { return self }
    let number =
      switch change {
      case .added: 32
      case .removed: 31
      case .changed: 33
      case .renamed: 36
      }
    return Array("\u{1B}[\(number)m".utf8) + dropLast() + Array("\u{1B}[0m\n".utf8)
  }
}
