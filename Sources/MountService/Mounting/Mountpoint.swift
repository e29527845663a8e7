import CLinux
import Firmware
import FirmwareAccess
import Glibc
import Storage
internal import Support
package import SystemPackage

/// A checked mountpoint: each problem has its own message.
package struct Mountpoint: Equatable, Sendable {
  /// Absolute, without links, as /proc/self/mountinfo will show it.
  package let path: FilePath

  /// Whether the program made the directory and has to remove it.
  package let isManaged: Bool

  /// Checks a directory that the user named.
  ///
  /// - Parameter statuses: The mounts whose servers have been asked already.
  static func checked(
    _ path: FilePath, options: MountOptions, statuses: [FilePath: MountProbe.Status]
  ) throws(ProgramError) -> Mountpoint {
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else { throw unopened(path, error: -opened) }
    let directory = OwnedDescriptor(opened)
    let resolved = try resolve(directory, named: path)
    let mounted = MountTable.current().top(at: resolved)
    if let mounted { try check(mounted, statuses, named: path, options) }
    var attributes = stat()
    guard unsafe fstat(directory.number, &attributes) == 0 else {
      throw ProgramError("\(path): \(systemMessage(errno))", .mountFailed)
    }
    guard attributes.st_mode & S_IFMT == S_IFDIR else {
      throw ProgramError("\(path): not a directory; give an empty directory", .mountFailed)
    }
    try checkRights(path, attributes)
    if !options.nonempty, mounted?.type != "autofs" { try checkEmpty(path) }
    return Mountpoint(path: resolved, isManaged: false)
  }

  /// The descriptor N of a mountpoint `/dev/fd/N`: the caller has mounted, and unmounts.
  package static func passedDescriptor(_ path: FilePath) -> Int32? {
    let text = path.string
    guard text.hasPrefix("/dev/fd/"),
      let number = ByteSize.number(text.dropFirst("/dev/fd/".count), radix: 10),
      number <= UInt64(Int32.max)
    else { return nil }
    return Int32(number)
  }

  /// The path without links. The descriptor, opened with O_PATH, knows it even where the server is gone.
  static func resolve(
    _ descriptor: borrowing OwnedDescriptor, named path: FilePath
  ) throws(ProgramError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let link = "/proc/self/fd/\(descriptor.number)"
    let length = unsafe readlink(link, &buffer, Int(PATH_MAX))
    guard length > 0 else { return try AbsolutePath.of(path) }
    let text = Array(buffer[..<length]) + [0]
    return FilePath(platformString: text)
  }

  private static func unopened(_ path: FilePath, error: Int32) -> ProgramError {
    switch error {
    case ENOENT:
      ProgramError(
        "\(path): no such directory; to create it: mkdir -p \(path.string.shellQuoted)",
        .mountFailed)
    case ENOTDIR:
      ProgramError("\(path): a component of the path is not a directory", .mountFailed)
    default: ProgramError("\(path): \(systemMessage(error))", .mountFailed)
    }
  }

  /// Whether one more mount may be made on one.
  private static func check(
    _ mounted: MountTable.Entry, _ statuses: [FilePath: MountProbe.Status],
    named path: FilePath, _ options: MountOptions
  ) throws(ProgramError) {
    // To ask an automount would trigger it, and wait for this very mount.
    guard mounted.type != "autofs" else { return }
    let status =
      statuses[mounted.mountpoint] ?? MountProbe.status(of: mounted.mountpoint)
    if status == .dead {
      throw ProgramError(
        "\(path): dead mount: its program has ended; clear it with: "
          + "jffs2fuse --unmount \(path.string.shellQuoted)", .mountFailed)
    }
    if mounted.type == "fuse.jffs2fuse", !options.nonempty {
      throw ProgramError(
        "\(path): already mounted; unmount it with: jffs2fuse --unmount \(path.string.shellQuoted)",
        .mountFailed)
    }
    if status == .unresponsive {
      throw ProgramError(
        "\(path): the existing mount does not respond; unmount it, or end its program",
        .mountFailed)
    }
  }

  private static func checkRights(
    _ path: FilePath, _ attributes: stat
  ) throws(ProgramError) {
    guard geteuid() != 0 else { return }
    let isWritable = unsafe path.withPlatformString { unsafe access($0, W_OK) } == 0
    let isSticky = attributes.st_mode & S_ISVTX != 0 && attributes.st_uid != geteuid()
    guard isWritable && !isSticky else {
      throw ProgramError(
        "\(path): not writable by you; choose a directory you own", .mountFailed)
    }
  }

  private static func checkEmpty(_ path: FilePath) throws(ProgramError) {
    let opened = unsafe path.withPlatformString { unsafe opendir($0) }
    guard let directory = unsafe opened else {
      throw ProgramError("\(path): \(systemMessage(errno))", .mountFailed)
    }
    defer { unsafe closedir(directory) }
    // Three names are more than the two that every directory has.
    var names = 0
    while names < 3, unsafe readdir(directory) != nil { names += 1 }
    guard names < 3 else {
      throw ProgramError(
        "\(path): not empty; use another directory, or -o nonempty to hide its contents",
        .mountFailed)
    }
  }
}
