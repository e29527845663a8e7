internal import Firmware
internal import Glibc
internal import Storage
internal import SystemPackage

/// Standard input or a pipe that firmware is read from.
struct FirmwareInput: ~Copyable {
  private let name: String
  private let descriptor: Int32

  private init(name: String, descriptor: Int32) {
    (self.name, self.descriptor) = (name, descriptor)
  }

  /// Opens the path, and waits until a pipe has a writer; nil if it is neither `-` nor a pipe.
  static func open(_ path: FilePath) throws(ProgramError) -> FirmwareInput? {
    let descriptor: Int32
    if path == "-" {
      guard isatty(0) == 0 else {
        throw ProgramError(
          "-: standard input is a terminal; give a file, or the output of a program", .usage)
      }
      descriptor = fcntl(0, F_DUPFD_CLOEXEC, 3)
    } else {
      var status = stat()
      let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
      guard result == 0, status.st_mode & S_IFMT == S_IFIFO else { return nil }
      descriptor = unsafe path.withPlatformString { unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC) }
    }
    guard descriptor >= 0 else {
      let error = StorageError(.open, path: path.string, underlyingError: Errno(rawValue: errno))
      throw ProgramError("\(error)", .failure)
    }
    return FirmwareInput(name: path.string, descriptor: descriptor)
  }

  deinit { close(descriptor) }

  /// The bytes as an image: the file itself if standard input is one, else a copy in an unnamed temporary file.
  ///
  /// - Parameter maximum: The number of bytes that may be copied.
  func image(maximum: UInt64, _ style: OptionStyle) throws(ProgramError) -> FlashImage {
    do throws(StorageError) {
      return try FlashImage(adopting: fcntl(descriptor, F_DUPFD_CLOEXEC, 3), path: name)
    } catch {
      guard error.code == .notSeekable, error.underlyingError == nil else {
        throw ProgramError("\(error)", .failure)
      }
    }
    let copy: FlashImage?
    do throws(StorageError) {
      copy = try self.copy(maximum: maximum)
    } catch {
      throw ProgramError("\(error.includesPath ? "" : "\(name): ")\(error)", .failure)
    }
    guard let copy else {
      throw ProgramError(
        "\(name): more than the \(maximum) bytes allowed; for more: \(style.text(.maxUnpacked))",
        .failure)
    }
    return copy
  }

  /// A copy of everything; nil if there is more than allowed.
  private func copy(maximum: UInt64) throws(StorageError) -> FlashImage? {
    var file = try TemporaryFile(in: ScratchFile())
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if count == 0 { return file.image(path: name) }
      if count < 0 {
        let error = Errno(rawValue: errno)
        if error == .interrupted { continue }
        guard error == .wouldBlock else {
          throw StorageError(.read, path: name, offset: file.byteCount, underlyingError: error)
        }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&waiting, 1, -1)
        continue
      }
      guard file.byteCount + UInt64(count) <= maximum else { return nil }
      try file.append(buffer.span.extracting(0..<count))
    }
  }
}
