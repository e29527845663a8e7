/// The fields of an inode node as stored on the medium. They are not trusted.
package struct RawInode: Sendable {
  /// The bytes before the payload.
  package static let size = 68

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
    ino = bytes.u32(at: 12, endianness)
    version = bytes.u32(at: 16, endianness)
    mode = UInt16(truncatingIfNeeded: bytes.u32(at: 20, endianness))
    uid = bytes.u16(at: 24, endianness)
    gid = bytes.u16(at: 26, endianness)
    fileSize = bytes.u32(at: 28, endianness)
    accessTime = bytes.u32(at: 32, endianness)
    modificationTime = bytes.u32(at: 36, endianness)
    changeTime = bytes.u32(at: 40, endianness)
    fileOffset = bytes.u32(at: 44, endianness)
    compressedSize = bytes.u32(at: 48, endianness)
    size = bytes.u32(at: 52, endianness)
    compression = Compression(rawValue: bytes[56])
    dataCRC = bytes.u32(at: 60, endianness)
  }

  /// A hash of mode, owner, file size and times.
  var attributesHash: UInt32 {
    var hash = UInt64(mode) << 32 | UInt64(uid) << 16 | UInt64(gid)
    hash = Self.mixed(hash, fileSize, accessTime)
    hash = Self.mixed(hash, modificationTime, changeTime)
    return UInt32(truncatingIfNeeded: hash >> 32)
  }

  private static func mixed(_ hash: UInt64, _ first: UInt32, _ second: UInt32) -> UInt64 {
    let product = (hash ^ UInt64(first) << 32 ^ UInt64(second)) &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 29
  }

  /// Whether the node CRC is good. On disk: `node_crc`, of bytes 0 to 59 as they were while the node was live.
  package static func hasGoodNodeCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    jffs2CRC(bytes.extracting(0..<60)) == bytes.u32(at: 64, endianness)
  }
}
