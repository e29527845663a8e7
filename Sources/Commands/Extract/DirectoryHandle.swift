internal import CLinux
internal import SystemPackage

/// An open directory of the target; all that is made is made in one of these, by one name, and no symbolic link is ever followed.
///
/// A name that could lead elsewhere gives EINVAL for all callers.
final class DirectoryHandle: Sendable {
  /// The identity of a directory, unique in the running system.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  /// The name that means an open file itself where CLinux takes a name in a directory.
  static let itself = Array("/".utf8)

  let descriptor: Int32
  let identity: Identity

  /// Opens the directory that the user names; this path alone may have symbolic links in it.
  convenience init(opening path: FilePath) throws(Errno) {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
      try self.init(adopting: file.rawValue)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Takes over an open descriptor, also where this throws.
  private init(adopting descriptor: Int32) throws(Errno) {
    let identity = clinux_identify(descriptor)
    guard identity.error == 0 else {
      try? FileDescriptor(rawValue: descriptor).close()
      throw Errno(rawValue: -identity.error)
    }
    self.descriptor = descriptor
    self.identity = Identity(device: identity.device, inode: identity.inode)
  }

  deinit {
    // It was only read.
    try? FileDescriptor(rawValue: descriptor).close()
  }

  /// Opens a directory below this one, by one name or several with slashes between them.
  func open(_ path: [UInt8]) throws(Errno) -> DirectoryHandle {
    try DirectoryHandle(adopting: Self.check(clinux_open_below(descriptor, path.span)))
  }

  /// Opens the parent of this directory, which must still have this identity.
  func openParent(_ identity: Identity) throws(Errno) -> DirectoryHandle {
    let parent = try DirectoryHandle(adopting: Self.check(clinux_open_parent(descriptor)))
    guard parent.identity == identity else { throw .noSuchFileOrDirectory }
    return parent
  }

  func makeDirectory(_ name: [UInt8]) throws(Errno) {
    try Self.check(clinux_make_directory(descriptor, name.span))
  }

  /// Makes a file that was not there before and opens it for writing; the caller closes it.
  func createFile(_ name: [UInt8]) throws(Errno) -> Int32 {
    try Self.check(clinux_create_file(descriptor, name.span))
  }

  /// Makes a fifo, a socket or a device, with these permissions at once: a confined process may not change them.
  func makeNode(
    _ name: [UInt8], mode: UInt16, major: UInt32 = 0, minor: UInt32 = 0
  ) throws(Errno) {
    try Self.check(clinux_make_node(descriptor, name.span, UInt32(mode), major, minor))
  }

  func makeSymbolicLink(_ name: [UInt8], to target: [UInt8]) throws(Errno) {
    // The answer of symlink(2).
    guard !target.isEmpty else { throw .noSuchFileOrDirectory }
    try Self.check(clinux_make_symbolic_link(descriptor, name.span, target.span))
  }

  /// Gives a file, which may be a symbolic link, a further name in another directory.
  func link(_ name: [UInt8], to directory: DirectoryHandle, as newName: [UInt8]) throws(Errno) {
    try Self.check(clinux_link(descriptor, name.span, directory.descriptor, newName.span))
  }

  /// Takes away a name that is not a directory's.
  func remove(_ name: [UInt8]) throws(Errno) {
    try Self.check(clinux_remove(descriptor, name.span))
  }

  /// Turns what a function of CLinux gives into an error or a value.
  @discardableResult
  static func check(_ result: Int32) throws(Errno) -> Int32 {
    guard result >= 0 else { throw Errno(rawValue: -result) }
    return result
  }
}
