package import FirmwareAccess
import Glibc
package import SystemPackage

/// The directories that the program makes for itself, under `$XDG_RUNTIME_DIR/jffs2fuse`.
package enum RuntimeDirectory {
  package static func root(environment value: String?) -> FilePath? {
    guard let value, value.hasPrefix("/") else { return nil }
    return FilePath(value).appending("jffs2fuse")
  }

  /// `XDG_RUNTIME_DIR` of this process.
  package static var environment: String? {
    unsafe getenv("XDG_RUNTIME_DIR").map { unsafe String(cString: $0) }
  }

  /// Makes a directory named after the firmware, with a number where the name is taken.
  package static func make(
    for firmware: FilePath, environment value: String? = environment
  ) throws(ProgramError) -> Mountpoint {
    guard let root = root(environment: value) else {
      throw ProgramError(
        "XDG_RUNTIME_DIR is not set; give a mount point", .usage)
    }
    try makeRoot(root)
    Unmounter.clearStale(in: root)
    // 255 bytes is the longest name; a number needs space after it.
    let name = firmware.lastComponent?.string ?? "firmware"
    let short = String(decoding: name.utf8.prefix(240), as: UTF8.self)
    for number in 1...1000 {
      let path = root.appending(number == 1 ? short : "\(short)-\(number)")
      if try makeFolder(path, in: root) {
        guard let real = unsafe path.withPlatformString({ unsafe realpath($0, nil) }) else {
          throw ProgramError("\(path): \(systemMessage(errno))", .failure)
        }
        defer { unsafe free(real) }
        return Mountpoint(path: unsafe FilePath(platformString: real), isManaged: true)
      }
    }
    throw ProgramError("\(root): all names are in use; unmount some file systems", .failure)
  }

  /// Removes a directory, if it is one of ours and empty, and with the last one their parent.
  package static func remove(_ path: FilePath, environment value: String? = environment) {
    guard let root = root(environment: value),
      let real = unsafe root.withPlatformString({ unsafe realpath($0, nil) })
    else { return }
    defer { unsafe free(real) }
    let folder = unsafe FilePath(platformString: real)
    guard path.removingLastComponent() == folder else { return }
    _ = unsafe path.withPlatformString { unsafe rmdir($0) }
    _ = unsafe folder.withPlatformString { unsafe rmdir($0) }
  }

  /// False if the name is taken.
  private static func makeFolder(
    _ path: FilePath, in root: FilePath
  ) throws(ProgramError) -> Bool {
    for _ in 1...3 {
      if unsafe path.withPlatformString({ unsafe mkdir($0, 0o700) }) == 0 { return true }
      // Another process that removed the last directory also removed the root.
      guard errno == ENOENT else { break }
      try makeRoot(root)
    }
    if errno == EEXIST { return false }
    throw ProgramError("\(path): cannot create the directory: \(systemMessage(errno))", .failure)
  }

  private static func makeRoot(_ root: FilePath) throws(ProgramError) {
    if unsafe root.withPlatformString({ unsafe mkdir($0, 0o700) }) == 0 { return }
    guard errno == EEXIST else {
      throw ProgramError("\(root): cannot create the directory: \(systemMessage(errno))", .failure)
    }
    var attributes = stat()
    guard unsafe root.withPlatformString({ unsafe lstat($0, &attributes) }) == 0,
      attributes.st_mode & S_IFMT == S_IFDIR, attributes.st_uid == geteuid()
    else { throw ProgramError("\(root): not owned by you", .failure) }
  }
}
