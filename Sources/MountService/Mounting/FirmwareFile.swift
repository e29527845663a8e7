import CLinux
import Glibc
package import SystemPackage

/// The file or device that the user named, opened for reading and not inspected.
package struct FirmwareFile: Sendable {
  /// Open until the process ends.
  package let number: Int32

  /// As the user gave it, for messages.
  package let path: String

  /// Absolute, for the mount's source.
  package let absolutePath: FilePath

  package init(_ path: FilePath) throws(StartupFailure) {
    let name = path.string
    let opened = unsafe path.withPlatformString { unsafe clinux_open_to_read($0) }
    guard opened >= 0 else {
      let advice = -opened == EACCES ? "; ask its owner for read permission" : ""
      throw StartupFailure("\(name): \(systemMessage(-opened))\(advice)", .system)
    }
    let descriptor = Descriptor(opened)
    var attributes = stat()
    guard unsafe fstat(descriptor.number, &attributes) == 0 else {
      throw StartupFailure("\(name): \(systemMessage(errno))", .system)
    }
    switch attributes.st_mode & S_IFMT {
    case S_IFREG:
      guard attributes.st_size > 0 else {
        throw StartupFailure("\(name): the file is empty", .usage)
      }
    case S_IFBLK: break
    case S_IFCHR where clinux_is_mtd(UInt64(attributes.st_rdev)) != 0: break
    case S_IFDIR:
      throw StartupFailure("\(name): is a directory; give the firmware file", .system)
    default:
      throw StartupFailure(
        "\(name): not a file, a block device or an MTD device; for a pipe, save it to a file first: cat > FILE",
        .system)
    }
    number = descriptor.release()
    self.path = name
    absolutePath = try AbsolutePath.of(path)
  }
}

enum AbsolutePath {
  /// The path from the root, so that it stays right after chdir("/"); links are not followed.
  static func of(_ path: FilePath) throws(StartupFailure) -> FilePath {
    if path.isAbsolute { return path.lexicallyNormalized() }
    guard let folder = unsafe getcwd(nil, 0) else {
      throw StartupFailure("current directory: \(systemMessage(errno))", .system)
    }
    defer { unsafe free(folder) }
    return unsafe FilePath(platformString: folder).pushing(path).lexicallyNormalized()
  }
}
