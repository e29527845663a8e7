/// An access control list, in the form on the flash and in the one that getxattr gives.
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
      for value in [tag, permissions] { result.append(UInt32(value), count: 2, .little) }
      result.append(id, count: 4, .little)
    }
    return offset == stored.count ? result : nil
  }

  /// The form on the flash of a list that getxattr gives; nil where it is malformed.
  static func stored(_ list: Span<UInt8>, _ endianness: Endianness) -> [UInt8]? {
    guard list.count >= 4, (list.count - 4).isMultiple(of: 8), list.u32(at: 0, .little) == 2 else {
      return nil
    }
    var result: [UInt8] = []
    result.append(1, count: 4, endianness)
    for start in stride(from: 4, to: list.count, by: 8) {
      let tag = list.u16(at: start, .little)
      guard tagsWithID.contains(tag) || tagsWithoutID.contains(tag) else { return nil }
      result.append(UInt32(tag), count: 2, endianness)
      result.append(UInt32(list.u16(at: start + 2, .little)), count: 2, endianness)
      if tagsWithID.contains(tag) {
        result.append(list.u32(at: start + 4, .little), count: 4, endianness)
      }
    }
    return result
  }

  /// The number of entries that `size` bytes hold; up to four are taken to be without an id.
  private static func entryCount(_ size: Int) -> Int? {
    guard size >= 16 else { return size.isMultiple(of: 4) ? size / 4 : nil }
    return (size - 16).isMultiple(of: 8) ? 4 + (size - 16) / 8 : nil
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ value: UInt32, count: Int, _ endianness: Endianness) {
    for index in 0..<count {
      let place = endianness == .little ? index : count - 1 - index
      append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))))
    }
  }
}
