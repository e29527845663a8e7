internal import JFFS2
internal import Storage
package import SystemPackage

/// What is packed: a directory, or a tar archive.
package enum PackSource: Sendable {
  case directory(PackDirectory)
  case archive(PackArchive)

  /// Whether owners, permissions and extended attributes are those of the firmware, and not of who extracted it.
  var hasAttributes: Bool {
    if case .archive = self { true } else { false }
  }

  /// Whether the source shows this kind of file if there is one.
  func holds(_ type: JFFS2.FileType) -> Bool {
    switch (self, type) {
    case (_, .regular), (_, .directory), (_, .symbolicLink): true
    // An ordinary user's extraction makes no devices, and a tar archive has no sockets.
    case (.directory, _), (.archive, .socket): false
    case (.archive, _): true
    }
  }

  /// Opens a directory, or else a file.
  ///
  /// - Throws: ``CommandFailure`` with `.unreadable`.
  package init(opening path: FilePath) throws(CommandFailure) {
    if let directory = try PackDirectory(opening: path) {
      self = .directory(directory)
    } else {
      self = .archive(try PackArchive(opening: path))
    }
  }

  /// The descriptors that reading needs.
  package var descriptors: (directories: [Int32], files: [Int32]) {
    switch self {
    case .directory(let directory): ([directory.descriptor], [])
    case .archive(let archive): ([], [archive.descriptor])
    }
  }
}

/// The contents of the files of a tree, wherever they are.
enum PackContents: FileContentsSource {
  case directory(PackDirectory.Contents)
  case archive(FlashImage, offsets: [UInt32: UInt64])

  func read(
    _ file: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(CommandFailure) {
    switch self {
    case .directory(let contents):
      try contents.read(file, at: offset, into: &buffer)
    case .archive(let image, let offsets):
      do throws(StorageError) {
        try image.read(at: (offsets[file] ?? 0) + offset, into: &buffer)
      } catch {
        throw CommandFailure("\(error)", .unreadable)
      }
    }
  }
}
