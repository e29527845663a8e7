internal import CLinux
internal import JFFS2
internal import SystemPackage

/// A walk over the entries of a directory. Other file systems that are mounted below it are entered.
struct DirectoryWalk: EntryWalk {
  private let tree: DirectoryTree
  /// The names that are left in each directory from the start to the latest entry, the last one first.
  private var levels: [(directory: TreePath?, names: [[UInt8]])] = []
  private var start: TreePath??

  init(_ tree: DirectoryTree, from start: TreePath?) {
    self.tree = tree
    self.start = .some(start)
  }

  mutating func next() -> ComparedEntry? {
    if let path = start {
      start = nil
      return entry(path)
    }
    while let level = levels.last {
      guard let name = level.names.last else {
        levels.removeLast()
        continue
      }
      levels[levels.count - 1].names.removeLast()
      return entry(TreePath(name, in: level.directory))
    }
    return nil
  }

  /// The names in a directory, in reversed order.
  private func names(in directory: TreePath?) throws(EntryFault) -> [[UInt8]] {
    let path = directory.bytes
    let open = try DirectoryTree.check(clinux_open_directory_below(tree.descriptor, path.span))
    defer { try? FileDescriptor(rawValue: open).close() }
    var names: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      var span = buffer.mutableSpan
      let count = try DirectoryTree.check(clinux_read_names(open, &span))
      if count == 0 { break }
      names += buffer[..<count].split(separator: 0).map(Array.init)
    }
    return names.sorted { $1.lexicographicallyPrecedes($0) }
  }

  private mutating func entry(_ path: TreePath?) -> ComparedEntry {
    let bytes = path.bytes
    let status = clinux_status_below(tree.descriptor, bytes.span)
    var entry = ComparedEntry(path: path)
    guard status.error == 0 else {
      entry.faults = [EntryFault(reason: "\(Errno(rawValue: -status.error))", isRefusal: true)]
      entry.hasUnknownNames = true
      return entry
    }
    let type = FileType(mode: UInt16(truncatingIfNeeded: status.mode))
    var attributes = EntryAttributes(
      mode: status.mode, uid: status.uid, gid: status.gid,
      size: type == .regular ? status.size : 0, modificationTime: status.modification_time,
      // Read below of files and directories: to read them, a file is opened, which a fifo, a socket or a device must not be.
      xattrs: nil)
    do throws(EntryFault) {
      switch type {
      case .directory:
        entry.hasUnknownNames = true
        levels.append((path, try names(in: path)))
        entry.hasUnknownNames = false
        attributes.xattrs = try xattrs(
          DirectoryTree.check(clinux_open_directory_below(tree.descriptor, bytes.span)))
      case .regular:
        attributes.xattrs = try xattrs(
          DirectoryTree.check(clinux_open_file_below(tree.descriptor, bytes.span)))
      case .symbolicLink:
        attributes.target = try target(bytes)
      case .characterDevice, .blockDevice:
        attributes.device = "\(status.major):\(status.minor)"
      default: break
      }
    } catch {
      entry.faults = [error]
    }
    entry.attributes = attributes
    return entry
  }

  private func target(_ path: [UInt8]) throws(EntryFault) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var span = buffer.mutableSpan
    let count = try DirectoryTree.check(
      clinux_read_link_below(tree.descriptor, path.span, &span))
    return Array(buffer[..<count])
  }

  /// The extended attributes of an open file, which is closed here; none on a file system that has none.
  private func xattrs(_ file: Int32) throws(EntryFault) -> [[UInt8]: [UInt8]] {
    defer { try? FileDescriptor(rawValue: file).close() }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var span = buffer.mutableSpan
    let count = clinux_read_xattr_names(file, &span)
    guard count > 0 else { return [:] }
    var xattrs: [[UInt8]: [UInt8]] = [:]
    for name in buffer[..<count].split(separator: 0).map(Array.init) {
      var span = buffer.mutableSpan
      let count = clinux_read_xattr(file, name.span, &span)
      if count >= 0 { xattrs[name] = Array(buffer[..<count]) }
    }
    return xattrs
  }
}
