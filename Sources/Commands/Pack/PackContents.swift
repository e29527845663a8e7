internal import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Synchronization

/// The contents of the files of a tree, wherever they are.
struct PackContents: FileContentsSource {
  enum Origin: Sendable {
    case directory(PackDirectory.Contents)
    /// The contents of all files, and where in them those of each file start.
    case archive(FlashImage, offsets: [UInt32: UInt64])
  }

  /// A regular file, and an inode that may have the same contents.
  struct Pair: Hashable, Sendable {
    let file: UInt32
    let ino: UInt32
    let size: UInt32
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
        let path =
          volume.pathIndex.path(of: ino).map { "\(DisplayName.inMessages.text($0)): " } ?? ""
        let hint = if case .damaged = error { "; --damaged zero packs zeros for it" } else { "" }
        throw ProgramError("\(volume.range.image.path): \(path)\(error)\(hint)", .failure)
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

  /// Reads what comes from the old file system.
  ///
  /// - Throws: ``ProgramError`` for the first file that is damaged.
  func checkOldFiles(_ tree: FileTree) throws(ProgramError) {
    var bytes = [UInt8](repeating: 0, count: 256 << 10)
    for file in oldInos.keys.sorted() {
      let size = UInt64(tree.files[Int(file)].size)
      for offset in stride(from: 0, to: size, by: bytes.count) {
        let count = Int(min(UInt64(bytes.count), size - offset))
        var whole = bytes.mutableSpan
        var part = whole._mutatingExtracting(0..<count)
        try read(file, at: offset, into: &part)
      }
    }
  }

  /// The pairs whose file has other bytes than the inode, which has the same size. What cannot be read is different.
  func differing(_ pairs: [Pair], from volume: Volume) -> Set<Pair> {
    var pieces: [(pair: UInt32, start: UInt32)] = []
    for (index, pair) in pairs.enumerated() {
      for start in stride(from: 0, to: UInt64(pair.size), by: Self.pieceLength) {
        pieces.append((UInt32(index), UInt32(start)))
      }
    }
    let differing = Mutex(Set<Pair>())
    Parallel.forEach(pieces) { piece in
      let pair = pairs[Int(piece.pair)]
      let start = UInt64(piece.start)
      let end = min(UInt64(pair.size), start + UInt64(Self.pieceLength))
      if !isEqual(pair, in: volume, start..<end) {
        differing.withLock { _ = $0.insert(pair) }
      }
    }
    return differing.withLock { $0 }
  }

  /// The bytes that a thread compares: few enough for all threads to have work with a single large file.
  private static let pieceLength = 4 << 20

  private func isEqual(_ pair: Pair, in volume: Volume, _ range: Range<UInt64>) -> Bool {
    var bytes = [UInt8](repeating: 0, count: min(range.count, 256 << 10))
    var others = bytes
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(bytes.count), range.upperBound - offset))
      do {
        var whole = bytes.mutableSpan
        var part = whole._mutatingExtracting(0..<count)
        try read(pair.file, at: offset, into: &part)
        var otherWhole = others.mutableSpan
        var otherPart = otherWhole._mutatingExtracting(0..<count)
        guard try volume.read(pair.ino, at: offset, into: &otherPart) == count else { return false }
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
