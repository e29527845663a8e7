internal import JFFS2

/// A record as a JSON object; `docs/json.md` lists the fields. Written manually, because an encoder takes a hundred times as long.
extension LineBuffer {
  mutating func append(json record: NodeRecord, of fileSystem: OpenedFirmware.FileSystem) {
    var (inode, dirent, xattr, xref): (RawInode?, RawDirent?, RawXattr?, RawXref?)
    var name: [UInt8]?
    switch record.fields {
    case .none: break
    case .inode(let raw): inode = raw
    case .dirent(let raw, let bytes): (dirent, name) = (raw, bytes)
    case .xattr(let raw, let bytes): (xattr, name) = (raw, raw.fullName(bytes) ?? bytes)
    case .xref(let raw): xref = raw
    }
    let checks = record.checks
    append("{")
    field("access_time", inode?.accessTime)
    field("change_time", inode?.changeTime)
    field("compressed_size", inode?.compressedSize)
    field("compression", text: inode.map { $0.compression.name ?? "\($0.compression.rawValue)" })
    field("data_crc", isGood: checks?.data)
    field("dirent_type", (dirent?.type).map(UInt32.init))
    field("file_offset", inode?.fileOffset)
    field("file_size", inode?.fileSize)
    field("file_system", bytes: Array(fileSystem.name.utf8))
    field("gid", (inode?.gid).map(UInt32.init))
    field("header_crc", isGood: checks?.header)
    field("image_offset", fileSystem.volume.range.imageOffset(record.offset))
    field("ino", inode?.ino ?? dirent?.ino ?? xref?.ino)
    field("kind", text: record.kind.rawValue)
    field("length", record.length)
    field("lengths", isGood: checks?.areLengthsRight)
    field("magic", hex: record.magic)
    field("mode", text: inode.map { "0o" + String($0.mode, radix: 8) })
    field("modification_time", inode?.modificationTime ?? dirent?.changeTime)
    field("name", bytes: name)
    field("name_crc", isGood: checks?.name)
    field("name_hex", text: name?.hexUnlessText)
    field("node_crc", isGood: checks?.node)
    field("offset", record.offset)
    field("parent_ino", dirent?.parentIno)
    field("sequence", xref?.sequence)
    field("size", inode?.size)
    field("state", text: record.standing?.rawValue)
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
    append("\"")
    append(hex: UInt32(value), width: 4)
    append("\"")
  }

  private mutating func field(_ name: StaticString, isGood value: Bool?) {
    guard let value else { return }
    key(name)
    append(value ? "\"good\"" : "\"bad\"")
  }
}
