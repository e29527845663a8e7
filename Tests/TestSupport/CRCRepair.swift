package import JFFS2

/// Makes the checksums of a mangled image right, so that the mangled fields after them are examined.
package struct CRCRepair {
  /// Which checksums are made right.
  package struct Kinds: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let header = Kinds(rawValue: 1)
    package static let node = Kinds(rawValue: 2)
    package static let data = Kinds(rawValue: 4)
    package static let all: Kinds = [.header, .node, .data]
  }

  /// Repairs every node whose magic number is at a multiple of four, and its length with it in most cases where it points outside
  /// or is shorter than a header.
  package static func repair(_ image: inout [UInt8], _ dialect: Dialect, _ kinds: Kinds) {
    let builder = ImageBuilder(dialect)
    var offset = 0
    while offset + NodeHeader.size <= image.count {
      guard image.span.u16(at: offset, dialect.endianness) == dialect.magic else {
        offset += 4
        continue
      }
      let length = repair(&image, at: offset, builder, kinds)
      offset += max(NodeHeader.size, (length + 3) & ~3)
    }
  }

  /// - Returns: The node's length.
  private static func repair(
    _ image: inout [UInt8], at start: Int, _ builder: ImageBuilder, _ kinds: Kinds
  ) -> Int {
    let endianness = builder.dialect.endianness
    func number(_ offset: Int) -> Int { Int(image.span.u32(at: start + offset, endianness)) }
    func crc(_ range: Range<Int>) -> [UInt8] {
      builder.number32(jffs2CRC(image.span.extracting(range)))
    }
    func store(_ bytes: [UInt8], at offset: Int) {
      image.replaceSubrange(start + offset..<start + offset + bytes.count, with: bytes)
    }
    let left = image.count - start
    if kinds.contains(.header) {
      // A length that no node can have continues with a valid CRC where it is a multiple of four.
      if number(4) < NodeHeader.size || number(4) > left, !number(4).isMultiple(of: 4) {
        store(builder.number32(UInt32(min(left, NodeHeader.size + number(4) % 512))), at: 4)
      }
      // The CRC is that of a live node, whether the node is obsolete or not.
      let type = image.span.u16(at: start + 2, endianness)
      let live =
        image[start..<start + 2] + builder.number16(type | 0x2000) + image[start + 4..<start + 8]
      store(builder.number32(jffs2CRC(Array(live).span)), at: 8)
    }
    let length = min(left, number(4))
    let type = NodeType(rawValue: image.span.u16(at: start + 2, endianness) | 0x2000)
    switch type {
    case .inode where length >= RawInode.size:
      if kinds.contains(.data) {
        let end = min(length, RawInode.size + min(number(48), length))
        store(crc(start + RawInode.size..<start + end), at: 60)
      }
      if kinds.contains(.node) { store(crc(start..<start + 60), at: 64) }
    case .dirent where length >= RawDirent.size:
      if kinds.contains(.data) {
        let name = image[
          start + RawDirent.size..<start + min(length, RawDirent.size + Int(image[start + 28]))]
        store(builder.number32(jffs2CRC(Array(name.prefix { $0 != 0 }).span)), at: 36)
      }
      if kinds.contains(.node) { store(crc(start..<start + 32), at: 32) }
    case .xattr where length >= RawXattr.size:
      if kinds.contains(.data) {
        let name = Int(image[start + 21])
        let value = Int(image.span.u16(at: start + 22, endianness))
        var payload = Array(
          image[start + RawXattr.size..<start + min(length, RawXattr.size + name + 1 + value)])
        // The byte between name and value counts as 0.
        if name < payload.count { payload[name] = 0 }
        store(builder.number32(jffs2CRC(payload.span)), at: 24)
      }
      if kinds.contains(.node) { store(crc(start..<start + 28), at: 28) }
    case .xref where length >= RawXref.size:
      if kinds.contains(.node) { store(crc(start..<start + 24), at: 24) }
    default: break
    }
    return length
  }
}
