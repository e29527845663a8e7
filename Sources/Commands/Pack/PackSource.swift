package import FirmwareAccess
internal import JFFS2
internal import Storage
package import SystemPackage

/// The source of a pack: a directory or a tar archive.
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
  /// - Throws: ``ProgramError`` with `.failure`.
  package init(opening path: FilePath) throws(ProgramError) {
    if let directory = try PackDirectory(opening: path) {
      self = .directory(directory)
    } else {
      self = .archive(try PackArchive(opening: path))
    }
  }

  /// Lists all files. The contents of an archive are unpacked to `scratchFile`, at most `maxUnpacked` bytes.
  func listing(
    into scratchFile: ScratchFile, maxUnpacked: UInt64
  ) throws(ProgramError) -> PackListing {
    switch self {
    case .directory(let directory): return try directory.listing()
    case .archive(let archive): return try archive.read(into: scratchFile, maxUnpacked: maxUnpacked)
    }
  }

  /// Why a path in the source cannot be packed.
  func failure(_ path: [UInt8], _ reason: String) -> ProgramError {
    if case .directory(let directory) = self { return directory.failure(path, reason) }
    return ProgramError("\(DisplayName.inMessages.text(path)): \(reason)", .failure)
  }

  /// The descriptors that reading needs.
  package var descriptors: (directories: [Int32], files: [Int32]) {
    switch self {
    case .directory(let directory): ([directory.descriptor], [])
    case .archive(let archive): ([], [archive.descriptor])
    }
  }
}
