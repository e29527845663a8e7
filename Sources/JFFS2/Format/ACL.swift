/// An access control list, turned from the form on the flash to the one that getxattr gives.
///
/// On the flash: version 1, then entries of tag, permissions and, for a named user or group only, an id. For getxattr, always
/// little-endian: version 2, then entries of 8 bytes with an id each. Source: `jffs2_acl_from_medium`, `posix_acl_to_xattr`.
enum ACL {
  private static let tagsWithoutID: Set<UInt16> = [0x01, 0x04, 0x10, 0x20]
  private static let tagsWithID: Set<UInt16> = [0x02, 0x08]

  /// - Returns: nil where the driver answers EINVAL; an empty array where the list has no entries and it answers ENODATA.
  static func converted(_ stored: Span<UInt8>, _ endianness: Endianness) -> [UInt8]? {
    guard stored.count >= 4, stored.u32(at: 0, endianness) == 1,
      let count = entryCount(stored.count - 4)
    else { return nil }
    if count == 0 { return [] }
    var result: [UInt8] = [2, 0, 0, 0]
    var offset = 4
    for _ in 0..<count {
      guard offset + 4 <= stored.count else { return nil }
      let tag = stored.u16(at: offset, endianness)
      let permissions = stored.u16(at: offset + 2, endianness)
      var id = UInt32.max
      if tagsWithID.contains(tag) {
        guard offset + 8 <= stored.count else { return nil }
        id = stored.u32(at: offset + 4, endianness)
        offset += 8
      } else if tagsWithoutID.contains(tag) {
        offset += 4
      } else {
        return nil
      }
      for value in [tag, permissions] { result.append(littleEndian: UInt32(value), count: 2) }
      result.append(littleEndian: id, count: 4)
    }
    return offset == stored.count ? result : nil
  }

  /// The number of entries that `size` bytes hold; up to four are taken to be without an id.
  private static func entryCount(_ size: Int) -> Int? {
    guard size >= 16 else { return size.isMultiple(of: 4) ? size / 4 : nil }
    return (size - 16).isMultiple(of: 8) ? 4 + (size - 16) / 8 : nil
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt32, count: Int) {
    for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))) }
  }
}
