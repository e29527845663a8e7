internal import FirmwareAccess
internal import JFFS2

/// A record as a JSON object; `docs/json.md` lists the fields. Written manually, because an encoder takes a hundred times as long.
extension LineBuffer {
  mutating func append(json record: LogRecord, of fileSystem: FirmwareImage.FileSystem) {
    var (inode, dirent, xattr, xref): (RawInode?, RawDirent?, RawXattr?, RawXref?)
    var name: [UInt8]?
    switch record.fields {
    case .none: break
    case .inode(let raw): inode = raw
    case .dirent(let raw, let bytes): (dirent, name) = (raw, bytes)
    case .xattr(let raw, let bytes): (xattr, name) = (raw, raw.namespace?.fullName(bytes) ?? bytes)
    case .xref(let raw): xref = raw
    }
    let checks = record.checks
    append("{")
    field("atime", inode?.accessTime)
    field("compressed_size", inode?.compressedSize)
    field("compression", text: inode.map { $0.compression.name ?? "\($0.compression.rawValue)" })
    field("ctime", inode?.changeTime)
    field("data_crc", isValid: checks?.data)
    field(
      "data_offset",
      inode.map { _ in fileSystem.volume.range.imageOffset(record.offset + UInt32(RawInode.size)) })
    field("dirent_type", (dirent?.type).map(UInt32.init))
    field("file_offset", inode?.fileOffset)
    field("file_size", inode?.fileSize)
    field("file_system", bytes: Array(fileSystem.name.utf8))
    field("format_version", UInt32(JSON.formatVersion))
    field("gid", (inode?.gid).map(UInt32.init))
    field("header_crc", isValid: checks?.header)
    field("inode", inode?.ino ?? dirent?.ino ?? xref?.ino)
    field("kind", text: record.kind.rawValue)
    field("length", record.length)
    field("lengths", isValid: checks?.lengthsMatch)
    field("magic", hex: record.magic)
    field("mode", text: inode.map { NumberFormat.mode($0.mode) })
    field("mtime", inode?.modificationTime ?? dirent?.changeTime)
    field("name", bytes: name)
    field("name_crc", isValid: checks?.name)
    field("name_hex", text: name?.hexUnlessText)
    field("node_crc", isValid: checks?.node)
    field("offset", fileSystem.volume.range.imageOffset(record.offset))
    field("offset_in_file_system", record.offset)
    field("parent_inode", dirent?.parentIno)
    field("sequence", xref?.sequence)
    field("size", inode?.size)
    field("state", text: record.state?.rawValue)
    field("type", hex: record.type)
    field("uid", (inode?.uid).map(UInt32.init))
    field("value_size", (xattr?.valueLength).map(UInt32.init))
    field("version", inode?.version ?? dirent?.version ?? xattr?.version)
    field("xid", xattr?.xid ?? xref?.xid)
    append("}")
  }

  private mutating func key(_ key: StaticString) {
    append(bytes.last == UInt8(ascii: "{") ? "\"" : ",\"")
    append(key)
    append("\":")
  }

  private mutating func field(
    _ name: StaticString, _ value: (some UnsignedInteger & FixedWidthInteger)?
  ) {
    guard let value else { return }
    key(name)
    append(value)
  }

  private mutating func field(_ name: StaticString, bytes value: [UInt8]?) {
    guard let value else { return }
    key(name)
    append(json: value)
  }

  private mutating func field(_ name: StaticString, text value: String?) {
    guard let value else { return }
    key(name)
    append("\"")
    append(value)
    append("\"")
  }

  private mutating func field(_ name: StaticString, hex value: UInt16) {
    key(name)
    append("\"0x")
    append(hex: UInt32(value), width: 4)
    append("\"")
  }

  private mutating func field(_ name: StaticString, isValid value: Bool?) {
    guard let value else { return }
    key(name)
    append(value ? "\"valid\"" : "\"invalid\"")
  }
}
