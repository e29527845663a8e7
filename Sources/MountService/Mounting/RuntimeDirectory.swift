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

  package enum Target: Equatable {
    /// A directory that was made for a new mount.
    case made(Mountpoint)
    /// A mount that shows the same.
    case mounted(FilePath)
  }

  /// Finds a mount that shows the same, or makes a directory named after the firmware, with a number where the name is taken.
  ///
  /// - Parameter contents: Identifies what a mount shows; nil if there is to be another one in any case.
  package static func target(
    for firmware: FilePath, showing contents: String?, environment value: String? = environment
  ) throws(ProgramError) -> Target {
    guard let root = root(environment: value) else {
      throw ProgramError(
        "XDG_RUNTIME_DIR is not set; give a mountpoint", .usage)
    }
    try makeRoot(root)
    let alive = Unmounter.clearStale(in: root).filter { $0.value == .alive }.keys
    if let contents, let existing = alive.first(where: { record(of: $0) == contents }) {
      return .mounted(existing)
    }
    let mountpoint = try make(for: firmware, in: root)
    if let contents { keep(contents, for: mountpoint.path) }
    return .made(mountpoint)
  }

  /// The symbolic link beside a directory whose target identifies what is mounted there.
  private static func recordPath(of directory: FilePath) -> FilePath {
    let name = directory.lastComponent?.string ?? ""
    return directory.removingLastComponent().appending("." + name)
  }

  private static func record(of directory: FilePath) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe recordPath(of: directory).withPlatformString {
      unsafe readlink($0, &buffer, buffer.count)
    }
    guard length > 0 else { return nil }
    return String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Without a record, the same firmware gets another mount.
  private static func keep(_ contents: String, for directory: FilePath) {
    removeRecord(of: directory)
    _ = unsafe recordPath(of: directory).withPlatformString { unsafe symlink(contents, $0) }
  }

  private static func removeRecord(of directory: FilePath) {
    _ = unsafe recordPath(of: directory).withPlatformString { unsafe unlink($0) }
  }

  private static func make(
    for firmware: FilePath, in root: FilePath
  ) throws(ProgramError) -> Mountpoint {
    // 255 bytes is the longest name; a number needs space after it.
    let name = firmware.lastComponent?.string ?? "firmware"
    let short = String(decoding: name.utf8.prefix(240), as: UTF8.self)
    for number in 1...1000 {
      let path = root.appending(number == 1 ? short : "\(short)-\(number)")
      if try makeDirectory(path, in: root) {
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
    let directory = unsafe FilePath(platformString: real)
    guard path.removingLastComponent() == directory else { return }
    if unsafe path.withPlatformString({ unsafe rmdir($0) }) == 0 { removeRecord(of: path) }
    _ = unsafe directory.withPlatformString { unsafe rmdir($0) }
  }

  /// False if the name is taken.
  private static func makeDirectory(
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
