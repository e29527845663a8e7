internal import CLinux
internal import Glibc

/// A file that appears under its name only when it is complete, and then takes the place of an older one.
///
/// What is no regular file, such as a device, a fifo or standard output, is written directly. A file that is not kept leaves nothing
/// behind; while it is written it has no name, except on file systems that know only files with names.
package struct OutputFile: ~Copyable {
  private enum Place {
    /// Written as it is.
    case direct
    /// Gets its name at the end.
    case nameless
    /// Has another name until the end.
    case named(String)
  }

  /// Open for writing; closed with the file.
  package let descriptor: Int32
  /// What messages call it.
  package let name: String

  private let destination: String
  private var place: Place

  /// Starts to write a file; `-` is standard output.
  ///
  /// - Parameter input: The firmware's path, which must not be overwritten.
  /// - Throws: ``CommandFailure`` with `.unreadable`; `.usage` where the file is `input`.
  package init(_ path: String, notOver input: String) throws(CommandFailure) {
    let isStandard = path == "-"
    let opened =
      isStandard
      ? (descriptor: 1, destination: path, place: .direct) : try Self.start(path, notOver: input)
    name = isStandard ? "standard output" : path
    (descriptor, destination, place) = opened
  }

  deinit {
    if case .named(let temporary) = place { unsafe unlink(temporary) }
    if descriptor > 1 { close(descriptor) }
  }

  /// Gives the complete file its name.
  package consuming func keep() throws(CommandFailure) {
    var temporary = Self.temporaryName(in: Self.folder(of: destination))
    switch place {
    case .direct: return
    case .nameless:
      let answer = unsafe clinux_name_output(descriptor, destination)
      if answer == 0 { return }
      guard answer == -EEXIST, unsafe clinux_name_output(descriptor, temporary) == 0 else {
        throw Self.failure(name, -answer)
      }
    case .named(let given): temporary = given
    }
    place = .named(temporary)
    // Some file systems tell only now that there was no room.
    guard fsync(descriptor) == 0, unsafe rename(temporary, destination) == 0 else {
      throw Self.failure(name)
    }
    place = .direct
  }

  private static func start(
    _ path: String, notOver input: String
  ) throws(CommandFailure) -> (descriptor: Int32, destination: String, place: Place) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw failure(path) }
      return try start(path, in: folder(of: path), destination: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // A folder answers EISDIR, a fifo waits for its reader.
      let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(path) }
      return (descriptor, path, .direct)
    }
    var firmware = stat()
    if unsafe stat(input, &firmware) == 0, firmware.st_dev == status.st_dev,
      firmware.st_ino == status.st_ino
    {
      throw CommandFailure("\(path): is the firmware itself; choose another name", .usage)
    }
    guard unsafe access(path, W_OK) == 0 else { throw failure(path) }
    let destination = try resolved(path)
    let started = try start(path, in: folder(of: destination), destination: destination)
    fchmod(started.descriptor, status.st_mode & 0o777)
    return started
  }

  /// Starts a file of which nobody knows yet.
  private static func start(
    _ path: String, in folder: String, destination: String
  ) throws(CommandFailure) -> (descriptor: Int32, destination: String, place: Place) {
    let nameless = unsafe clinux_nameless_output(folder)
    guard nameless < 0 else { return (nameless, destination, .nameless) }
    let temporary = temporaryName(in: folder)
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    return (descriptor, destination, .named(temporary))
  }

  private static func failure(_ path: String, _ error: Int32 = errno) -> CommandFailure {
    CommandFailure("\(path): \(unsafe String(cString: strerror(error)))", .unreadable)
  }

  /// The path without links in it, so that a link stays and its target is replaced.
  private static func resolved(_ path: String) throws(CommandFailure) -> String {
    guard let real = unsafe realpath(path, nil) else { throw failure(path) }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func temporaryName(in folder: String) -> String {
    "\(folder)/.jffs2-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
  }
}
