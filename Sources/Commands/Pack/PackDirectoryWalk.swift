internal import FirmwareAccess
internal import CLinux
internal import JFFS2
internal import SystemPackage

/// The listing of a directory that is packed.
struct PackDirectoryWalk {
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private(set) var tree: FileTree
  private let directory: PackDirectory
  /// The files so far that a further name may lead to.
  private var files: [Identity: UInt32] = [:]
  /// The files and directories that may not be read, as an extraction has them whose permissions are the firmware's.
  private(set) var unreadable: Set<UInt32> = []
  private var pending: [(file: UInt32, path: [UInt8])] = [(0, [])]

  init(_ directory: PackDirectory, status: clinux_file_status) {
    self.directory = directory
    var root = FileTree.File(mode: UInt16(truncatingIfNeeded: status.mode))
    root.setTimes(status.modification_time)
    tree = FileTree(root: root)
  }

  mutating func run() throws(ProgramError) {
    while let next = pending.popLast() { try list(next.file, next.path) }
    tree.sort()
  }

  private mutating func list(_ file: UInt32, _ path: [UInt8]) throws(ProgramError) {
    let opened: DirectoryHandle
    do throws(Errno) {
      opened = try directory.opened(path)
    } catch {
      guard error == .permissionDenied, !path.isEmpty, isClosedToOwner(file) else {
        throw directory.failure(path, error)
      }
      unreadable.insert(file)
      return
    }
    let isRoot = path.isEmpty
    for (number, name) in try names(opened, path).enumerated() {
      let path = isRoot ? name : path + [UInt8(ascii: "/")] + name
      guard name.count <= Volume.maximumNameLength else {
        throw directory.failure(path, "a name of \(name.count) bytes; JFFS2 has at most 254")
      }
      let status = clinux_status_below(opened.descriptor, name.span)
      guard status.error == 0 else {
        let error = Errno(rawValue: -status.error)
        // A directory without permission to search it: its names may be read, but nothing of its files.
        guard error == .permissionDenied, number == 0, !isRoot, isClosedToOwner(file) else {
          throw directory.failure(path, error)
        }
        unreadable.insert(file)
        return
      }
      let identity = Identity(device: status.device, inode: status.inode)
      if let known = files[identity] {
        tree.addEntry(name, in: file, file: known)
        continue
      }
      let added = try add(name, path, status, in: opened)
      tree.addEntry(name, in: file, file: added)
      if tree.files[Int(added)].type == .directory {
        pending.append((added, path))
      } else {
        files[identity] = added
      }
    }
  }

  private mutating func add(
    _ name: [UInt8], _ path: [UInt8], _ status: clinux_file_status, in parent: DirectoryHandle
  ) throws(ProgramError) -> UInt32 {
    var file = FileTree.File(mode: UInt16(truncatingIfNeeded: status.mode))
    file.setTimes(status.modification_time)
    switch file.type {
    case .regular:
      guard let size = UInt32(exactly: status.size) else {
        throw directory.failure(path, "is too large: JFFS2 has files of less than 4 GiB")
      }
      file.size = size
      if file.mode & 0o444 != 0o444, !isReadable(name, in: parent) {
        let added = tree.add(file)
        guard isClosedToOwner(added) else {
          throw directory.failure(path, Errno.permissionDenied)
        }
        unreadable.insert(added)
        return added
      }
    case .characterDevice, .blockDevice:
      file.device = DeviceNumber(major: status.major, minor: status.minor)
    case .symbolicLink:
      let added = tree.add(file)
      tree.setTarget(try target(name, path, in: parent), of: added)
      return added
    default: break
    }
    return tree.add(file)
  }

  /// Whether its permissions stop its owner too. Other files that may not be read belong to another user, who may have edited them.
  private func isClosedToOwner(_ file: UInt32) -> Bool {
    let needed: UInt16 = tree.files[Int(file)].type == .directory ? 0o500 : 0o400
    return tree.files[Int(file)].mode & needed != needed
  }

  private func isReadable(_ name: [UInt8], in parent: DirectoryHandle) -> Bool {
    let opened = clinux_open_file_below(parent.descriptor, name.span)
    guard opened >= 0 else { return false }
    try? FileDescriptor(rawValue: opened).close()
    return true
  }

  private func target(
    _ name: [UInt8], _ path: [UInt8], in parent: DirectoryHandle
  ) throws(ProgramError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var span = buffer.mutableSpan
    let count = clinux_read_link_below(parent.descriptor, name.span, &span)
    guard count >= 0 else { throw directory.failure(path, Errno(rawValue: Int32(-count))) }
    return Array(buffer[..<count])
  }

  /// The names in an open directory, in the order of their bytes.
  private func names(
    _ opened: DirectoryHandle, _ path: [UInt8]
  ) throws(ProgramError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var span = buffer.mutableSpan
      let count = clinux_read_names(opened.descriptor, &span)
      guard count >= 0 else { throw directory.failure(path, Errno(rawValue: Int32(-count))) }
      if count == 0 { break }
      names += buffer[..<count].split(separator: 0).map(Array.init)
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension FileTree.File {
  /// Sets all times to one, which need not fit.
  mutating func setTimes(_ time: Int64) {
    modificationTime = UInt32(clamping: time)
    (accessTime, changeTime) = (modificationTime, modificationTime)
  }
}
