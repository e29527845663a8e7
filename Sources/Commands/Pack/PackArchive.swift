internal import FirmwareAccess
internal import CArchive
internal import Firmware
internal import JFFS2
internal import Storage
internal import SystemPackage

/// A tar archive whose contents are packed, with the owners, permissions and extended attributes in it.
package final class PackArchive: Sendable {
  private let image: FlashImage

  var descriptor: Int32 { image.fileDescriptor }

  init(opening path: FilePath) throws(ProgramError) {
    image = try Self.storage { () throws(StorageError) in try FlashImage(opening: path) }
  }

  /// Reads the whole archive.
  ///
  /// - Parameters:
  ///   - scratchFile: Takes the contents of all files.
  ///   - maxUnpacked: The most bytes of contents.
  func read(
    into scratchFile: ScratchFile, maxUnpacked: UInt64
  ) throws(ProgramError) -> PackListing {
    let format = try Self.storage { [image] () throws(StorageError) in
      try ContainerFormat.detect(image, 0..<image.byteCount)
    }
    guard let format, format != .zip, format != .sevenZip else {
      throw ProgramError("\(image.path): neither a directory nor a tar archive", .failure)
    }
    let reader = unsafe carchive_open(
      image.fileDescriptor, image.fileStart, image.byteCount, format.filter, true)
    defer { unsafe carchive_close(reader) }
    unsafe carchive_allow(reader, maxUnpacked)
    let file = try Self.storage { () throws(StorageError) in try TemporaryFile(in: scratchFile) }
    var listing = unsafe PackArchiveListing(image.path, reader, file, limit: maxUnpacked)
    try listing.run()
    return listing.finish()
  }

  static func storage<Success>(
    _ body: () throws(StorageError) -> Success
  ) throws(ProgramError) -> Success where Success: ~Copyable {
    do throws(StorageError) {
      return try body()
    } catch {
      throw ProgramError("\(error)", .failure)
    }
  }
}
