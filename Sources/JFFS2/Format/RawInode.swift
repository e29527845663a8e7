/// The fields of an inode node as stored on the medium. They are not trusted.
package struct RawInode: Sendable {
  /// The bytes before the payload.
  package static let size = 68

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let ino = 12
    package static let version = 16
    package static let mode = 20
    package static let uid = 24
    package static let gid = 26
    package static let fileSize = 28
    package static let accessTime = 32
    package static let modificationTime = 36
    package static let changeTime = 40
    package static let fileOffset = 44
    package static let compressedSize = 48
    package static let size = 52
    package static let compression = 56
    package static let dataCRC = 60
    package static let nodeCRC = 64
  }

  /// The inode number. On disk: `ino`.
  package let ino: UInt32
  /// The node's place in the inode's history; higher is newer. On disk: `version`.
  package let version: UInt32
  /// File type and permissions, 16 bits. On disk: `mode`.
  package let mode: UInt16
  /// On disk: `uid`.
  package let uid: UInt16
  /// On disk: `gid`.
  package let gid: UInt16
  /// The file's size after this node, in bytes. On disk: `isize`.
  package let fileSize: UInt32
  /// Seconds since 1970. On disk: `atime`.
  package let accessTime: UInt32
  /// Seconds since 1970. On disk: `mtime`.
  package let modificationTime: UInt32
  /// Seconds since 1970. On disk: `ctime`.
  package let changeTime: UInt32
  /// The offset of the data in the file, in bytes. On disk: `offset`.
  package let fileOffset: UInt32
  /// Bytes of payload. On disk: `csize`.
  package let compressedSize: UInt32
  /// Bytes after decompression. On disk: `dsize`.
  package let size: UInt32
  /// On disk: `compr`.
  package let compression: Compression
  /// The CRC of the payload; protected by no CRC itself. On disk: `data_crc`.
  package let dataCRC: UInt32

  /// Reads the fields; checks nothing.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package init(parsing bytes: Span<UInt8>, _ endianness: Endianness) {
    ino = bytes.u32(at: Offset.ino, endianness)
    version = bytes.u32(at: Offset.version, endianness)
    mode = UInt16(truncatingIfNeeded: bytes.u32(at: Offset.mode, endianness))
    uid = bytes.u16(at: Offset.uid, endianness)
    gid = bytes.u16(at: Offset.gid, endianness)
    fileSize = bytes.u32(at: Offset.fileSize, endianness)
    accessTime = bytes.u32(at: Offset.accessTime, endianness)
    modificationTime = bytes.u32(at: Offset.modificationTime, endianness)
    changeTime = bytes.u32(at: Offset.changeTime, endianness)
    fileOffset = bytes.u32(at: Offset.fileOffset, endianness)
    compressedSize = bytes.u32(at: Offset.compressedSize, endianness)
    size = bytes.u32(at: Offset.size, endianness)
    compression = Compression(rawValue: bytes[Offset.compression])
    dataCRC = bytes.u32(at: Offset.dataCRC, endianness)
  }

  /// Whether the driver gives a file this size with data that end at `dataEnd`: they set the size to their end if that is larger, and
  /// leave it otherwise (`jffs2_write_inode_range`).
  ///
  /// A hole says nothing, and nothing can be said of the version after it: garbage collection writes it again with its old version and
  /// the current size (`jffs2_garbage_collect_hole`).
  ///
  /// - Parameters:
  ///   - previous: The size in the version before.
  ///   - besideHole: Whether one of the two is a hole.
  package static func isSize(
    _ size: UInt32, after previous: UInt32, dataEnd: UInt32, besideHole: Bool
  ) -> Bool {
    besideHole || size == previous || size == dataEnd
  }

  package init(
    ino: UInt32, version: UInt32, mode: UInt16, uid: UInt16 = 0, gid: UInt16 = 0,
    fileSize: UInt32 = 0, accessTime: UInt32 = 0, modificationTime: UInt32 = 0,
    changeTime: UInt32 = 0, fileOffset: UInt32 = 0, compressedSize: UInt32 = 0, size: UInt32 = 0,
    compression: Compression = .none, dataCRC: UInt32 = 0
  ) {
    self.ino = ino
    self.version = version
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.fileSize = fileSize
    self.accessTime = accessTime
    self.modificationTime = modificationTime
    self.changeTime = changeTime
    self.fileOffset = fileOffset
    self.compressedSize = compressedSize
    self.size = size
    self.compression = compression
    self.dataCRC = dataCRC
  }

  /// Writes header and fields, without the payload, whose CRC is ``dataCRC``.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package func encode(into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect) {
    let endianness = dialect.endianness
    NodeHeader(type: .inode, totalLength: UInt32(Self.size) + compressedSize)
      .encode(into: &bytes, dialect)
    bytes.set(ino, at: Offset.ino, endianness)
    bytes.set(version, at: Offset.version, endianness)
    bytes.set(UInt32(mode), at: Offset.mode, endianness)
    bytes.set(uid, at: Offset.uid, endianness)
    bytes.set(gid, at: Offset.gid, endianness)
    bytes.set(fileSize, at: Offset.fileSize, endianness)
    bytes.set(accessTime, at: Offset.accessTime, endianness)
    bytes.set(modificationTime, at: Offset.modificationTime, endianness)
    bytes.set(changeTime, at: Offset.changeTime, endianness)
    bytes.set(fileOffset, at: Offset.fileOffset, endianness)
    bytes.set(compressedSize, at: Offset.compressedSize, endianness)
    bytes.set(size, at: Offset.size, endianness)
    bytes.set(UInt32(0), at: Offset.compression, endianness)
    bytes[Offset.compression] = compression.rawValue
    let nodeCRC = jffs2CRC(bytes.span.extracting(0..<Offset.dataCRC))
    bytes.set(dataCRC, at: Offset.dataCRC, endianness)
    bytes.set(nodeCRC, at: Offset.nodeCRC, endianness)
  }

  /// The CRC of the payload as the node states it. On disk: `data_crc`.
  static func dataCRC(in bytes: Span<UInt8>, _ endianness: Endianness) -> UInt32 {
    bytes.u32(at: Offset.dataCRC, endianness)
  }

  /// A hash of mode and owner in the upper 16 bits, and of file size and times in the lower ones.
  var attributesHash: UInt32 {
    let owner = Self.mixed(0, UInt32(mode), UInt32(uid) << 16 | UInt32(gid))
    let times = Self.mixed(Self.mixed(0, fileSize, accessTime), modificationTime, changeTime)
    return UInt32(truncatingIfNeeded: owner >> 48) << 16 | UInt32(truncatingIfNeeded: times >> 48)
  }

  private static func mixed(_ hash: UInt64, _ first: UInt32, _ second: UInt32) -> UInt64 {
    let product = (hash ^ UInt64(first) << 32 ^ UInt64(second)) &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 29
  }

  /// Whether the node CRC is good. On disk: `node_crc`, of bytes 0 to 59. False for an obsolete node, whose type has changed.
  package static func hasValidNodeCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    jffs2CRC(bytes.extracting(0..<Offset.dataCRC)) == bytes.u32(at: Offset.nodeCRC, endianness)
  }
}
