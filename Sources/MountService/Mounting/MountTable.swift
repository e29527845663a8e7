import Glibc
package import SystemPackage

/// The mounts that this process sees, in the order in which they were made.
package struct MountTable: Sendable {
  package struct Entry: Equatable, Sendable {
    /// Which mount it is, wherever it is moved; another's once it is gone.
    package let id: Int
    /// The mount that it is mounted on.
    package let parent: Int
    package let device: String
    package let mountpoint: FilePath
    package let type: String
    package let source: String
    /// The mounting user of a FUSE file system.
    package let owner: UInt32?
    /// Whether other users may access a FUSE file system.
    package let allowsOther: Bool
  }

  package let entries: [Entry]

  /// - Parameter text: the contents of /proc/self/mountinfo.
  package init(mountinfo text: [UInt8]) {
    entries = text.split(separator: UInt8(ascii: "\n")).compactMap(Self.entry)
  }

  /// The mounts as they are now; none if /proc is missing.
  package static func current() -> MountTable {
    let opened = unsafe open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return MountTable(mountinfo: []) }
    let descriptor = OwnedDescriptor(opened)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor.number, $0.baseAddress, $0.count)
      }
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    return MountTable(mountinfo: text)
  }

  /// The mount that a path shows: the last made there.
  package func top(at mountpoint: FilePath) -> Entry? {
    entries.last { $0.mountpoint == mountpoint }
  }

  /// A mount that was seen before, where it is now: a directory above it may have been renamed since. The kernel reuses
  /// numbers, so the rest must be the same as well.
  package func find(_ seen: Entry) -> Entry? {
    entries.first { $0.id == seen.id && $0.device == seen.device && $0.source == seen.source }
  }

  /// Whether a mount is out of reach, because another was made later at its place or at a directory above it.
  package func isCovered(_ entry: Entry) -> Bool {
    let later = entries.drop { $0 != entry }.dropFirst()
    let covers = later.filter { entry.mountpoint.starts(with: $0.mountpoint) }
    guard !covers.isEmpty else { return false }
    // The mount that it was moved onto is older in the tree, regardless of the order.
    let below = carriers(of: entry)
    return covers.contains { !below.contains($0.id) }
  }

  /// The mounts that one is mounted on, down to the root.
  private func carriers(of entry: Entry) -> Set<Int> {
    var found: Set<Int> = []
    var next = entry.parent
    while found.insert(next).inserted, let carrier = entries.first(where: { $0.id == next }) {
      next = carrier.parent
    }
    return found
  }

  /// `ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [FIELD…] - TYPE SOURCE OPTIONS`, see proc(5).
  private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count >= 9,
      let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
      dash + 2 < fields.count, let id = number(fields[0]), let parent = number(fields[1])
    else { return nil }
    let path = decode(fields[4]).map(CInterop.PlatformChar.init(bitPattern:)) + [0]
    let options = String(decoding: fields[(dash + 2)...].last ?? [], as: UTF8.self)
      .split(separator: ",")
    return Entry(
      id: id, parent: parent,
      device: String(decoding: fields[2], as: UTF8.self),
      mountpoint: FilePath(platformString: path),
      type: String(decoding: fields[dash + 1], as: UTF8.self),
      source: String(decoding: decode(fields[dash + 2]), as: UTF8.self),
      owner: owner(options),
      allowsOther: options.contains("allow_other"))
  }

  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: field, as: UTF8.self))
  }

  /// The number in `user_id=` among the file system's own options.
  private static func owner(_ options: [Substring]) -> UInt32? {
    options.lazy.compactMap { option in
      option.hasPrefix("user_id=") ? UInt32(option.dropFirst("user_id=".count)) : nil
    }.first
  }

  /// Undoes the kernel's octal escapes for space, tab, newline and backslash.
  static func decode(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var decoded: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        decoded.append(value)
        rest.removeFirst(3)
      } else {
        decoded.append(byte)
      }
    }
    return decoded
  }
}
