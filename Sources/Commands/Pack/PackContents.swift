internal import FirmwareAccess
internal import JFFS2
internal import Storage

/// The contents of the files of a tree, wherever they are.
struct PackContents: FileContentsSource {
  enum Origin: Sendable {
    case directory(PackDirectory.Contents)
    /// The contents of all files, and where in them those of each file start.
    case archive(FlashImage, offsets: [UInt32: UInt64])
  }

  let origin: Origin
  /// The old file system.
  let volume: Volume?
  /// The inodes in ``volume`` of files whose contents are those.
  var oldInos: [UInt32: UInt32] = [:]

  init(_ origin: Origin, _ volume: Volume?) {
    self.origin = origin
    self.volume = volume
  }

  func read(
    _ file: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(ProgramError) {
    if let volume, let ino = oldInos[file] {
      do throws(JFFS2Error) {
        _ = try volume.read(ino, at: offset, into: &buffer)
        return
      } catch {
        throw ProgramError("\(volume.range.image.path): \(error)", .failure)
      }
    }
    switch origin {
    case .directory(let contents):
      try contents.read(file, at: offset, into: &buffer)
    case .archive(let image, let offsets):
      do throws(StorageError) {
        try image.read(at: (offsets[file] ?? 0) + offset, into: &buffer)
      } catch {
        throw ProgramError("\(error)", .failure)
      }
    }
  }

  /// Whether a file's bytes are those of an inode of the same size. What cannot be read is different.
  func isEqual(_ file: UInt32, to ino: UInt32, in volume: Volume, size: UInt32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: Int(min(size, 256 << 10)))
    var others = bytes
    var offset: UInt64 = 0
    while offset < UInt64(size) {
      let count = Int(min(UInt64(bytes.count), UInt64(size) - offset))
      do {
        var whole = bytes.mutableSpan
        var part = whole._mutatingExtracting(0..<count)
        try read(file, at: offset, into: &part)
        var otherWhole = others.mutableSpan
        var otherPart = otherWhole._mutatingExtracting(0..<count)
        guard try volume.read(ino, at: offset, into: &otherPart) == count else { return false }
      } catch {
        return false
      }
      guard
        bytes.span.extracting(0..<count).isEqual(to: others.span.extracting(0..<count))
      else { return false }
      offset += UInt64(count)
    }
    return true
  }
}
