import JFFS2
import Storage

/// Operations on a whole image.
enum ImageWork {
  /// Builds the index of a mount.
  static func scan(_ range: FlashRange, times: Int) throws(JFFS2Error) {
    for _ in 0..<times { _ = try Volume(scanning: range) }
  }

  /// Builds the fragment tree of every file.
  static func buildFragments(_ range: FlashRange, times: Int) throws(JFFS2Error) {
    for _ in 0..<times {
      // A volume keeps its trees.
      let volume = try Volume(scanning: range)
      for ino in try inos(range) { _ = try? volume.nextHole(ino, from: 0) }
    }
  }

  /// Decompresses every data node, or those of one inode, in one thread and from memory: the limit of one core.
  ///
  /// - Returns: The seconds of the fastest time.
  static func decode(_ range: FlashRange, ino: UInt32?, times: Int) throws -> Double {
    let bytes = try range.bytes(at: 0, count: Int(range.length))
    let volume = try Volume(scanning: range)
    let nodes = try inos(range).filter { ino == nil || $0 == ino }.flatMap { volume.nodes(of: $0) }
      .filter { $0.isUsable && !$0.isMetadata && $0.length <= Volume.maximumChunkSize }
      .sorted { $0.flashOffset < $1.flashOffset }
    var decompressor = Decompressor()
    var chunk = [UInt8](repeating: 0, count: nodes.map { Int($0.length) }.max() ?? 0)
    var best = Duration.seconds(1 << 20)
    for _ in 0..<times {
      let start = ContinuousClock.now
      for node in nodes {
        let payload = Int(node.flashOffset) + RawInode.size
        var whole = chunk.mutableSpan
        var part = whole._mutatingExtracting(first: Int(node.length))
        _ = try? decompressor.decompress(
          bytes.span.extracting(payload..<payload + Int(node.compressedSize)),
          as: node.compression, into: &part)
      }
      best = min(best, ContinuousClock.now - start)
    }
    return best / .seconds(1)
  }

  private static func inos(_ range: FlashRange) throws(JFFS2Error) -> [UInt32] {
    let volume = try Volume(scanning: range)
    var collector = InoCollector(endianness: volume.dialect.endianness)
    try volume.scanner.scan(&collector)
    return collector.inos.sorted()
  }
}

/// The numbers of all inodes that have a node.
private struct InoCollector: NodeVisitor {
  let endianness: Endianness
  var inos: Set<UInt32> = []

  init(endianness: Endianness) { self.endianness = endianness }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    guard header.type == .inode, bytes.count >= RawInode.size else { return }
    inos.insert(RawInode(parsing: bytes, endianness).ino)
  }
}
