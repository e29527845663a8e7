/// An inode node of the history, obsolete or not: 56 bytes while a history is built.
struct HistoryNode: Sendable {
  let node: DataNode
  /// Whether the data CRC is right.
  let hasValidData: Bool
  /// Whether the ACCURATE bit is set.
  let isLive: Bool
  /// Seconds since 1970 by the device's clock.
  let modificationTime: UInt32
  /// Seconds since 1970 by the device's clock.
  let changeTime: UInt32
  /// A hash of all that the node says; the same for a copy that garbage collection made.
  let contentHash: UInt64

  init(
    _ node: DataNode, _ raw: RawInode, bytes: Span<UInt8>, hasValidData: Bool, isLive: Bool
  ) {
    self.node = node
    modificationTime = raw.modificationTime
    changeTime = raw.changeTime
    // From `ino` to `compr`; the two bytes after it are uninitialized memory of the driver.
    contentHash =
      UInt64(jffs2CRC(bytes.extracting(RawInode.Offset.ino...RawInode.Offset.compression))) << 32
      | UInt64(raw.dataCRC)
    self.hasValidData = hasValidData
    self.isLive = isLive
  }

  /// Whether the payload can be decompressed, determined without decompressing it.
  var isSupported: Bool {
    node.compression.name != nil && node.length <= Volume.maximumChunkSize
  }

  /// Whether it is a node of a regular file whose data can be read.
  var isIntactRegular: Bool {
    hasValidData && isSupported && node.isRegularFile
  }

  /// Whether more than two seconds are between this and a later node: another save wrote it.
  func isSeparated(from next: HistoryNode) -> Bool {
    Self.distance(modificationTime, next.modificationTime) > 2
      || Self.distance(changeTime, next.changeTime) > 2
  }

  /// The absolute difference of two times in seconds.
  static func distance(_ left: UInt32, _ right: UInt32) -> UInt32 {
    max(left, right) - min(left, right)
  }

  static func areInIncreasingOrder(_ left: HistoryNode, _ right: HistoryNode) -> Bool {
    DataNode.isOrdered(left.node, right.node)
  }
}
