package import FirmwareAccess
internal import Glibc
package import SystemPackage

/// The directory that an extraction writes to, opened before the image is read.
package struct ExtractionDestination: Sendable {
  let directory: DirectoryHandle
  /// The directories that were created for it, from the top down.
  private let made: [FilePath]

  /// Opens the directory, or makes it if it is missing, with those above it.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where there is none and none can be made.
  package init(_ path: FilePath) throws(ProgramError) {
    var made: [FilePath] = []
    do throws(Errno) {
      do throws(Errno) {
        directory = try DirectoryHandle(opening: path)
      } catch {
        guard error == .noSuchFileOrDirectory else { throw error }
        try Self.make(path, &made)
        directory = try DirectoryHandle(opening: path)
      }
    } catch {
      Self.remove(made)
      if error == .notDirectory, let file = Self.file(on: path) {
        throw ProgramError(
          "\(file.string): not a directory; choose another with -C DIR", .failure)
      }
      throw ProgramError("\(path.string): \(error)", .failure)
    }
    self.made = made
  }

  /// Whether it was not there before.
  var isNew: Bool { !made.isEmpty }

  /// The open directory.
  package var descriptor: Int32 { directory.descriptor }

  /// Takes the directories away again that were made, where nothing is in them.
  package func removeIfEmpty() { Self.remove(made) }

  private static func make(_ path: FilePath, _ made: inout [FilePath]) throws(Errno) {
    var directory = FilePath(root: path.root, [])
    for component in path.components {
      directory.append(component)
      let result = unsafe directory.withPlatformString { unsafe mkdir($0, 0o777) }
      if result == 0 {
        made.append(directory)
      } else if errno != EEXIST {
        throw Errno(rawValue: errno)
      }
    }
  }

  /// The file that exists instead of a directory in the path, or at its end.
  private static func file(on path: FilePath) -> FilePath? {
    var directory = FilePath(root: path.root, [])
    for component in path.components {
      directory.append(component)
      var status = stat()
      let result = unsafe directory.withPlatformString { unsafe stat($0, &status) }
      if result == 0, status.st_mode & S_IFMT != S_IFDIR { return directory }
    }
    return nil
  }

  private static func remove(_ made: [FilePath]) {
    for directory in made.reversed() {
      _ = unsafe directory.withPlatformString { unsafe rmdir($0) }
    }
  }
}
