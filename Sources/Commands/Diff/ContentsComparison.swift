internal import JFFS2
internal import Storage

/// Compares the contents of regular files, wherever they are.
struct ContentsComparison: Sendable {
  let old: any ComparedContents
  let new: any ComparedContents

  private static let bufferSize = 256 << 10

  /// Whether two regular files of the same size have the same contents.
  func hasEqualContents(
    _ first: ComparedEntry, _ second: ComparedEntry
  ) throws(SideFault) -> Bool {
    if let result = try hasEqualNodes(first, second) { return result }
    var bytes = [UInt8](repeating: 0, count: Self.bufferSize)
    var otherBytes = bytes
    var position: UInt64 = 0
    while true {
      let count = try read(first, .old, at: position, &bytes)
      let otherCount = try read(second, .new, at: position, &otherBytes)
      guard count == otherCount,
        bytes.span.extracting(0..<count).isEqual(to: otherBytes.span.extracting(0..<count))
      else { return false }
      if count < bytes.count { return true }
      position += UInt64(count)
    }
  }

  /// A checksum of the contents of a regular file; nil if they cannot be read.
  func checksum(_ entry: ComparedEntry, _ side: Side) -> UInt32? {
    var bytes = [UInt8](repeating: 0, count: Self.bufferSize)
    var checksum: UInt32 = 0
    var position: UInt64 = 0
    while true {
      guard let count = try? read(entry, side, at: position, &bytes) else { return nil }
      checksum = jffs2CRC(bytes.span.extracting(0..<count), initial: checksum)
      if count < bytes.count { return checksum }
      position += UInt64(count)
    }
  }

  /// The same for two files of images by what their nodes store; nil where either is in a directory.
  private func hasEqualNodes(
    _ first: ComparedEntry, _ second: ComparedEntry
  ) throws(SideFault) -> Bool? {
    guard let node = first.node, let otherNode = second.node, let tree = old as? ImageTree,
      let otherTree = new as? ImageTree, let volume = tree.volume(of: node),
      let otherVolume = otherTree.volume(of: otherNode)
    else { return nil }
    do {
      return try volume.hasEqualContents(node.ino, as: otherNode.ino, in: otherVolume)
    } catch {
      throw SideFault(
        side: error.isOther ? .new : .old, fault: EntryFault(reason: "\(error.error)"))
    }
  }

  private func read(
    _ entry: ComparedEntry, _ side: Side, at offset: UInt64, _ bytes: inout [UInt8]
  ) throws(SideFault) -> Int {
    do throws(EntryFault) {
      var span = bytes.mutableSpan
      return try (side == .old ? old : new).read(entry, at: offset, into: &span)
    } catch {
      throw SideFault(side: side, fault: error)
    }
  }
}

/// A part that cannot be read, and its side.
struct SideFault: Error {
  let side: Side
  let fault: EntryFault
}
