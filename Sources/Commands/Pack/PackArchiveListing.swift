internal import FirmwareAccess
internal import CArchive
internal import Glibc
internal import JFFS2
internal import Storage

/// The members of a tar archive as a tree, which they may name in any order.
// Sound: the reader belongs to the caller, which closes it after the lifetime of this value.
@safe struct PackArchiveListing: ~Copyable {
  private var tree = FileTree()
  private let path: String
  private let reader: OpaquePointer?
  private let limit: UInt64
  /// The contents of all files, one after the other.
  private var file: TemporaryFile
  private var offsets: [UInt32: UInt64] = [:]
  /// The entries of the tree; the root has none.
  private var entries: [Key: Int] = [:]
  /// The directories that were not named so far.
  private var undescribed: Set<UInt32> = [0]
  private var buffer = [UInt8](repeating: 0, count: 128 << 10)
  private static let textLimit = 1 << 16

  private struct Key: Hashable {
    /// The file that is the directory.
    let directory: UInt32
    let name: [UInt8]
  }

  /// - Parameter limit: The most bytes of contents.
  init(_ path: String, _ reader: OpaquePointer?, _ file: consuming TemporaryFile, limit: UInt64) {
    self.path = path
    unsafe self.reader = reader
    self.file = file
    self.limit = limit
  }

  /// Reads to the end of the archive.
  mutating func run() throws(ProgramError) {
    while true {
      let result = unsafe carchive_next(reader)
      guard result != 0 else { break }
      guard result > 0 else { throw failure(readError) }
      guard unsafe !carchive_is_raw(reader) else { throw failure("holds no tar archive") }
      try add(unsafe carchive_describe_member(reader))
    }
    guard unsafe !carchive_has_skipped(reader) else {
      throw failure("the archive is damaged: members are missing; make it again")
    }
    guard unsafe carchive_read_to_end(reader) else { throw failure(readError) }
  }

  /// The tree, and the contents of its files.
  consuming func finish() -> PackListing {
    tree.sort()
    let (path, tree, offsets, undescribed) = (path, tree, offsets, undescribed)
    return PackListing(
      tree: tree, origin: .archive(file.image(path: path), offsets: offsets),
      undescribed: undescribed)
  }

  private mutating func add(_ member: carchive_member) throws(ProgramError) {
    let path = unsafe Self.bytes(carchive_name_of(reader))
    guard path.count < Self.textLimit else {
      throw failure("holds a path of \(Self.textLimit) bytes or more")
    }
    let name = try normalized(path)
    if member.is_hard_link {
      let target = try normalized(target(.hard_link))
      guard let entry = entry(of: target) else {
        throw failure("\(shown(name)): a link to \(shown(target)), which is not before it")
      }
      let linked = tree.entries[entry].file
      guard tree.files[Int(linked)].type != .directory else {
        throw failure("\(shown(name)): a hard link to a directory")
      }
      // Some archives, such as those of cpio, have the contents with the last name.
      if member.size > 0, tree.files[Int(linked)].size == 0 {
        try addContents(of: linked, member, name)
      }
      return try addName(name, of: linked)
    }
    var file = FileTree.File(mode: UInt16(truncatingIfNeeded: member.mode))
    guard file.type != nil else { throw failure("\(shown(name)): a file of no known type") }
    guard let uid = UInt16(exactly: member.uid), let gid = UInt16(exactly: member.gid) else {
      throw failure("\(shown(name)): owner \(member.uid):\(member.gid); JFFS2 has at most 65535")
    }
    (file.uid, file.gid) = (uid, gid)
    file.accessTime = UInt32(clamping: member.access_time)
    file.modificationTime = UInt32(clamping: member.modification_time)
    file.changeTime = UInt32(clamping: member.change_time)
    if file.type == .characterDevice || file.type == .blockDevice {
      file.device = DeviceNumber(major: member.major, minor: member.minor)
    }
    if name.isEmpty {
      tree.files[0] = file
      undescribed.remove(0)
      return try addAttributes(of: 0, name)
    }
    if let entry = entry(of: name), tree.files[Int(tree.entries[entry].file)].type == .directory,
      file.type == .directory
    {
      // It was made for what is in it.
      let known = tree.entries[entry].file
      tree.files[Int(known)] = file
      undescribed.remove(known)
      return try addAttributes(of: known, name)
    }
    let added = tree.add(file)
    if file.type == .symbolicLink {
      let target = target(.symbolic_link)
      guard !target.isEmpty else {
        throw failure("\(shown(name)): a symbolic link without a target")
      }
      tree.setTarget(target, of: added)
    }
    if file.type == .regular { try addContents(of: added, member, name) }
    try addName(name, of: added)
    try addAttributes(of: added, name)
  }

  /// The entry of a path; nil for the root, and if the archive has not named the path.
  private func entry(of path: [[UInt8]]) -> Int? {
    var found: Int?
    for name in path {
      let directory = found.map { tree.entries[$0].file } ?? 0
      guard let next = entries[Key(directory: directory, name: name)] else { return nil }
      found = next
    }
    return found
  }

  /// Gives a file a name; a later one of the same name replaces an earlier one. Directories that the archive has not named yet are made.
  private mutating func addName(_ path: [[UInt8]], of file: UInt32) throws(ProgramError) {
    var directory: UInt32 = 0
    for (index, name) in path.enumerated() {
      let isLast = index == path.count - 1
      let key = Key(directory: directory, name: name)
      guard let entry = entries[key] else {
        guard name.count <= Volume.maximumNameLength else {
          throw failure("\(shown(path)): a name of \(name.count) bytes; JFFS2 has at most 254")
        }
        let added =
          isLast ? file : tree.add(FileTree.File(mode: FileType.directory.rawValue | 0o755))
        if !isLast { undescribed.insert(added) }
        tree.addEntry(name, in: directory, file: added)
        entries[key] = tree.entries.count - 1
        directory = added
        continue
      }
      let known = tree.entries[entry].file
      guard (tree.files[Int(known)].type == .directory) != isLast else {
        throw failure("\(shown(Array(path[...index]))): is a directory and something else")
      }
      if isLast { return tree.setFile(file, ofEntry: entry) }
      directory = known
    }
  }

  private mutating func addContents(
    of number: UInt32, _ member: carchive_member, _ name: [[UInt8]]
  ) throws(ProgramError) {
    offsets[number] = file.byteCount
    let start = file.byteCount
    while true {
      let reader = unsafe reader
      var span = buffer.mutableSpan
      let count = unsafe carchive_read(reader, &span)
      if count == 0 { break }
      guard count > 0 else { throw failure("\(shown(name)): \(readError)") }
      try append(count)
    }
    // The hole at the end of a sparse file is not among what is read.
    let end = start + UInt64(max(0, member.size))
    if file.byteCount < end {
      buffer = [UInt8](repeating: 0, count: buffer.count)
      while file.byteCount < end {
        try append(Int(min(UInt64(buffer.count), end - file.byteCount)))
      }
    }
    guard let size = UInt32(exactly: file.byteCount - start) else {
      throw failure("\(shown(name)): is too large: JFFS2 has files of less than 4 GiB")
    }
    tree.files[Int(number)].size = size
  }

  /// Keeps the first bytes of the buffer.
  private mutating func append(_ count: Int) throws(ProgramError) {
    guard file.byteCount + UInt64(count) <= limit else {
      throw failure(tooLarge)
    }
    do throws(StorageError) {
      let bytes = buffer
      try file.append(bytes.span.extracting(0..<count))
    } catch {
      throw ProgramError("\(error)", .failure)
    }
  }

  private mutating func addAttributes(of file: UInt32, _ name: [[UInt8]]) throws(ProgramError) {
    var found: [FileTree.Attribute] = []
    unsafe carchive_reset_xattrs(reader)
    while true {
      let reader = unsafe reader
      var span = buffer.mutableSpan
      let count = unsafe carchive_next_xattr(reader, &span)
      if count == 0 { break }
      guard count <= buffer.count, let end = buffer[..<count].firstIndex(of: 0),
        let attribute = FileTree.Attribute(
          fullName: Array(buffer[..<end]), value: Array(buffer[(end + 1)..<count]))
      else { throw failure("\(shown(name)): an extended attribute that JFFS2 cannot store") }
      found.append(attribute)
    }
    for isDefault in [false, true] {
      let lines = listLines(isDefault: isDefault)
      // Without names it says no more than the mode.
      guard isDefault ? !lines.isEmpty : lines.count > 3 else { continue }
      let isNumbered = lines.allSatisfy { ($0.tag != 0x02 && $0.tag != 0x08) || $0.id != .max }
      guard isNumbered else {
        throw failure(
          "\(shown(name)): an access control list with names instead of numbers; "
            + "make the archive with bsdtar --acls")
      }
      if !isDefault { tree.files[Int(file)].setGroupPermissions(byMaskIn: lines) }
      guard let attribute = list(lines, isDefault: isDefault) else {
        throw failure("\(shown(name)): an access control list that JFFS2 cannot store")
      }
      found.append(attribute)
    }
    tree.setAttributes(found, of: file)
  }

  /// The lines of one of a member's access control lists.
  private func listLines(isDefault: Bool) -> [carchive_acl_line] {
    guard unsafe carchive_reset_acl(reader, isDefault) > 0 else { return [] }
    var lines: [carchive_acl_line] = []
    while case let line = unsafe carchive_next_acl(reader, isDefault), line.is_there {
      lines.append(line)
    }
    return lines
  }

  /// An access control list as getxattr(2) gives it.
  private func list(_ lines: [carchive_acl_line], isDefault: Bool) -> FileTree.Attribute? {
    var value: [UInt8] = [2, 0, 0, 0]
    for line in lines.sorted(by: { ($0.tag, $0.id) < ($1.tag, $1.id) }) {
      for number in [line.tag, line.permissions] {
        value += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      value += (0..<4).map { UInt8(truncatingIfNeeded: line.id >> (8 * UInt32($0))) }
    }
    let namespace: XattrNamespace = isDefault ? .defaultACL : .accessACL
    return FileTree.Attribute(fullName: namespace.fullName([]), value: value)
  }

  /// The names of a member's path without `.` and slashes at its ends.
  private func normalized(_ path: [UInt8]) throws(ProgramError) -> [[UInt8]] {
    let names = path.split(separator: UInt8(ascii: "/")).map(Array.init)
    guard !names.contains(Array("..".utf8)) else {
      throw failure("\(shown([path])): leads out of the archive")
    }
    return names.filter { $0 != [UInt8(ascii: ".")] }
  }

  private mutating func target(_ which: carchive_target) -> [UInt8] {
    let reader = unsafe reader
    var span = buffer.mutableSpan
    let count = unsafe carchive_copy_target(reader, which, &span)
    return Array(buffer[..<min(count, buffer.count)])
  }

  private var tooLarge: String {
    "holds more than \(NumberFormat.bytes(limit)); see --max-unpacked"
  }

  private var readError: String {
    guard unsafe !carchive_is_exhausted(reader) else { return tooLarge }
    let reason = unsafe Self.bytes(carchive_error(reader)).text
    return "the archive is damaged or truncated" + (reason.isEmpty ? "" : " (\(reason))")
  }

  /// A text of libarchive's, of a long one the start.
  private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text = unsafe text else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: text, count: strnlen(text, textLimit)))
  }

  private func shown(_ path: [[UInt8]]) -> String {
    DisplayName.inMessages.text(Array(path.joined(separator: [UInt8(ascii: "/")])))
  }

  private func failure(_ reason: String) -> ProgramError {
    ProgramError("\(path): \(reason)", .failure)
  }
}

extension FileTree.File {
  /// Sets the group's permissions to the mask of an access control list, as Linux shows them; the archive has the group's own there.
  fileprivate mutating func setGroupPermissions(byMaskIn lines: [carchive_acl_line]) {
    guard let mask = lines.first(where: { $0.tag == 0x10 }) else { return }
    mode = mode & ~0o070 | mask.permissions << 3
  }
}
