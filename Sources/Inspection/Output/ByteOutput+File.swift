internal import Glibc

extension ByteOutput {
  /// Writes a whole file; where it cannot be completed, a new one is removed again.
  package static func writeFile(_ path: String, _ text: String) throws(CommandFailure) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw CommandFailure("\(path): \(unsafe String(cString: strerror(errno)))", .unreadable)
    }
    defer { close(descriptor) }
    let output = ByteOutput(descriptor: descriptor, name: path)
    do throws(CommandFailure) {
      try output.write(text)
      try output.flush()
    } catch {
      var status = stat()
      // A device such as /dev/full stays.
      if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        _ = unsafe unlink(path)
      }
      throw error
    }
  }
}
