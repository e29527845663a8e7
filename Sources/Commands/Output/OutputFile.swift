internal import CLinux
package import FirmwareAccess
internal import Glibc
package import SystemPackage

/// A file that appears under its name only when it is complete, and then replaces an older one.
///
/// Other than regular files, such as devices and fifos, are written directly. A file that is not kept leaves nothing
/// after; while it is written it has no name, except on file systems that know only files with names.
package struct OutputFile: ~Copyable {
  private enum Destination {
    /// Written as it is.
    case direct
    /// Gets its name at the end.
    case nameless
    /// Has another name until the end.
    case named(FilePath)
  }

  /// Open for writing; closed with the file.
  private let descriptor: Int32
  /// The name in messages.
  private let name: String

  private let destination: FilePath
  private var place: Destination

  /// Starts to write a file.
  ///
  /// - Parameters:
  ///   - input: The firmware's path, which must not be overwritten.
  ///   - isReadBack: Whether the file is read too, so that it has to be a regular one.
  /// - Throws: ``ProgramError`` with `.failure`; `.usage` where the file is `input` or not a regular one.
  package init(
    _ path: FilePath, mustNotReplace input: FilePath, isReadBack: Bool = false
  ) throws(ProgramError) {
    (descriptor, destination, place) = try Self.start(path, mustNotReplace: input, isReadBack)
    name = path.string
  }

  deinit {
    if case .named(let temporary) = place { Self.remove(temporary) }
    close(descriptor)
  }

  /// The output that writes the file, which must not be used after ``commit()``.
  package var output: BufferedOutput { BufferedOutput(descriptor: descriptor, name: name) }

  /// Gives the complete file its name.
  package consuming func commit() throws(ProgramError) {
    let temporary: FilePath
    switch place {
    case .direct: return
    case .nameless:
      let answer = Self.name(descriptor, destination)
      if answer == 0 { return }
      temporary = Self.temporaryName(beside: destination)
      guard answer == -EEXIST, Self.name(descriptor, temporary) == 0 else {
        throw Self.failure(name, -answer)
      }
    case .named(let given): temporary = given
    }
    place = .named(temporary)
    // So that after a power cut the name has the old file or the whole new one.
    guard fsync(descriptor) == 0 else { throw Self.failure(name) }
    let result = unsafe temporary.withPlatformString { from in
      unsafe destination.withPlatformString { unsafe rename(from, $0) }
    }
    guard result == 0 else { throw Self.failure(name) }
    place = .direct
  }

  private typealias Start = (descriptor: Int32, destination: FilePath, place: Destination)

  private static func start(
    _ path: FilePath, mustNotReplace input: FilePath, _ isReadBack: Bool
  ) throws(ProgramError) -> Start {
    guard let status = status(of: path) else {
      guard errno == ENOENT else { throw failure(path.string) }
      return try startNew(path, replacing: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      guard !isReadBack else {
        throw ProgramError("\(path): is not a regular file; choose another name", .usage)
      }
      // A directory answers EISDIR, a fifo waits for its reader.
      return (try open(path, path, []), path, .direct)
    }
    if let firmware = self.status(of: input), firmware.st_dev == status.st_dev,
      firmware.st_ino == status.st_ino
    {
      throw ProgramError("\(path): is the firmware; choose another name", .usage)
    }
    guard unsafe path.withPlatformString({ unsafe access($0, W_OK) }) == 0 else {
      throw failure(path.string)
    }
    let started = try startNew(path, replacing: resolved(path))
    fchmod(started.descriptor, status.st_mode & 0o777)
    return started
  }

  /// Starts a file without a name.
  private static func startNew(
    _ path: FilePath, replacing destination: FilePath
  ) throws(ProgramError) -> Start {
    let directory = destination.removingLastComponent()
    let nameless = unsafe (directory.isEmpty ? "." : directory).withPlatformString {
      unsafe clinux_nameless_output($0)
    }
    guard nameless < 0 else { return (nameless, destination, .nameless) }
    let temporary = temporaryName(beside: destination)
    let descriptor = try open(temporary, path, [.create, .exclusiveCreate])
    return (descriptor, destination, .named(temporary))
  }

  /// - Parameter name: The name of the file in messages.
  private static func open(
    _ path: FilePath, _ name: FilePath, _ options: FileDescriptor.OpenOptions
  ) throws(ProgramError) -> Int32 {
    do {
      return try FileDescriptor.open(
        path, options.contains(.create) ? .readWrite : .writeOnly,
        options: options.union(.closeOnExec),
        permissions: FilePermissions(rawValue: 0o666)
      ).rawValue
    } catch {
      throw ProgramError("\(name): \(error)", .failure)
    }
  }

  private static func failure(_ name: String, _ error: Int32 = errno) -> ProgramError {
    ProgramError("\(name): \(Errno(rawValue: error))", .failure)
  }

  private static func status(of path: FilePath) -> stat? {
    var status = stat()
    let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
    return result == 0 ? status : nil
  }

  /// The path without links in it, so that a link stays and its target is replaced.
  private static func resolved(_ path: FilePath) throws(ProgramError) -> FilePath {
    guard let real = unsafe path.withPlatformString({ unsafe realpath($0, nil) }) else {
      throw failure(path.string)
    }
    defer { unsafe free(real) }
    return unsafe FilePath(platformString: real)
  }

  private static func name(_ descriptor: Int32, _ path: FilePath) -> Int32 {
    unsafe path.withPlatformString { unsafe clinux_name_output(descriptor, $0) }
  }

  private static func remove(_ path: FilePath) {
    _ = unsafe path.withPlatformString { unsafe unlink($0) }
  }

  private static func temporaryName(beside path: FilePath) -> FilePath {
    let name = ".jffs2-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    return path.removingLastComponent().appending(name)
  }
}
