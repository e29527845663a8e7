import FirmwareAccess
import Glibc
import SystemPackage

enum AbsolutePath {
  /// The path from the root, so that it stays right after chdir("/"); links are not followed.
  static func of(_ path: FilePath) throws(ProgramError) -> FilePath {
    if path.isAbsolute { return path.lexicallyNormalized() }
    guard let directory = unsafe getcwd(nil, 0) else {
      throw ProgramError("the current directory: \(systemMessage(errno))", .failure)
    }
    defer { unsafe free(directory) }
    return unsafe FilePath(platformString: directory).pushing(path).lexicallyNormalized()
  }
}
