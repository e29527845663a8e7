internal import FirmwareAccess
internal import CLinux
internal import CStorage
internal import JFFS2
internal import Synchronization
internal import SystemPackage

/// A directory whose contents are packed. No symbolic link in it is followed, not even one that replaces a directory meanwhile.
package final class PackDirectory: Sendable {
  let path: String
  private let root: DirectoryHandle

  var descriptor: Int32 { root.descriptor }

  /// Opens the directory; nil if the path leads to something else.
  init?(opening path: FilePath) throws(ProgramError) {
    self.path = path.string
    do throws(Errno) {
      root = try DirectoryHandle(opening: path)
    } catch {
      if error == .notDirectory { return nil }
      throw ProgramError("\(path): \(error)", .failure)
    }
  }

  /// Lists all that is below the directory. Directories that may not be read are empty.
  func listing() throws(ProgramError) -> PackListing {
    let itself = Array(".".utf8)
    var walk = PackDirectoryWalk(self, status: clinux_status_below(descriptor, itself.span))
    try walk.run()
    return PackListing(
      tree: walk.tree, origin: .directory(Contents(self, walk.tree)), unreadable: walk.unreadable)
  }

  /// Opens the directory itself, or one below it.
  func open(_ path: [UInt8]) throws(ProgramError) -> DirectoryHandle {
    do throws(Errno) {
      return try opened(path)
    } catch {
      throw failure(path, error)
    }
  }

  func opened(_ path: [UInt8]) throws(Errno) -> DirectoryHandle {
    path.isEmpty ? root : try root.open(path)
  }

  func failure(_ path: [UInt8], _ error: Errno) -> ProgramError {
    failure(path, "\(error)")
  }

  func failure(_ path: [UInt8], _ reason: String) -> ProgramError {
    let shown = path.isEmpty ? "" : "/" + DisplayName.inMessages.text(path)
    return ProgramError("\(self.path)\(shown): \(reason)", .failure)
  }
}

extension PackDirectory {
  /// The contents of the files of a tree that was listed.
  final class Contents: Sendable {
    private let directory: PackDirectory
    /// The names; another copy of the files changes meanwhile.
    private let tree: FileTree
    /// The first name that leads to each file.
    private let firstEntries: [UInt32]
    /// The directory that was read in last.
    private let latest = Mutex<(file: UInt32, directory: DirectoryHandle)?>(nil)

    init(_ directory: PackDirectory, _ tree: FileTree) {
      self.directory = directory
      self.tree = tree.withoutFiles
      var firstEntries = [UInt32](repeating: 0, count: tree.files.count)
      for index in tree.entries.indices.reversed() {
        firstEntries[Int(tree.entries[index].file)] = UInt32(index)
      }
      self.firstEntries = firstEntries
    }

    func read(
      _ file: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
    ) throws(ProgramError) {
      let wanted = buffer.count
      let count: Int
      let opened = try open(file)
      defer { try? FileDescriptor(rawValue: opened).close() }
      count = buffer.isEmpty ? 0 : clinux_read_at(opened, Int64(offset), &buffer)
      guard count >= 0 else {
        throw directory.failure(path(of: file), Errno(rawValue: Int32(-count)))
      }
      guard count == wanted else {
        throw directory.failure(path(of: file), "became shorter while it was read")
      }
    }

    /// The extended attributes of a regular file or a directory, by their full names.
    func attributes(
      of file: UInt32, isDirectory: Bool
    ) throws(ProgramError) -> [([UInt8], [UInt8])] {
      if isDirectory {
        let opened = try directory.open(path(of: file))
        return withExtendedLifetime(opened) { Self.attributes(opened.descriptor) }
      }
      let opened = try open(file)
      defer { try? FileDescriptor(rawValue: opened).close() }
      return Self.attributes(opened)
    }

    private static func attributes(_ opened: Int32) -> [([UInt8], [UInt8])] {
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      var span = buffer.mutableSpan
      let count = clinux_read_xattr_names(opened, &span)
      // A file system without any says so.
      guard count > 0 else { return [] }
      var found: [([UInt8], [UInt8])] = []
      for name in buffer[..<count].split(separator: 0).map(Array.init) {
        var span = buffer.mutableSpan
        let count = clinux_read_xattr(opened, name.span, &span)
        if count >= 0 { found.append((name, Array(buffer[..<count]))) }
      }
      return found
    }

    /// Opens a regular file.
    private func open(_ file: UInt32) throws(ProgramError) -> Int32 {
      let entry = tree.entries[Int(firstEntries[Int(file)])]
      let parent = try parent(entry.parent)
      let name = tree.name(entry)
      let opened = clinux_open_file_below(parent.descriptor, name.span)
      guard opened >= 0 else { throw directory.failure(path(of: file), Errno(rawValue: -opened)) }
      var (mode, byteCount, device): (UInt32, UInt64, UInt64) = (0, 0, 0)
      guard unsafe cstorage_status(opened, &mode, &byteCount, &device) == 0,
        FileType(mode: UInt16(truncatingIfNeeded: mode)) == .regular
      else {
        try? FileDescriptor(rawValue: opened).close()
        throw directory.failure(path(of: file), "is not the file that it was")
      }
      return opened
    }

    private func parent(_ file: UInt32) throws(ProgramError) -> DirectoryHandle {
      if let latest = latest.withLock({ $0 }), latest.file == file { return latest.directory }
      let opened = try directory.open(path(of: file))
      latest.withLock { $0 = (file, opened) }
      return opened
    }

    private func path(of file: UInt32) -> [UInt8] {
      var names: [[UInt8]] = []
      var file = file
      while file != 0 {
        let entry = tree.entries[Int(firstEntries[Int(file)])]
        names.append(tree.name(entry))
        file = entry.parent
      }
      return Array(names.reversed().joined(separator: [UInt8(ascii: "/")]))
    }
  }
}
