import JFFS2
import TestSupport
import Testing

/// Access control lists, from the form on the flash to the one of getxattr.
@Suite struct ACLTests {
  /// An entry as it is stored: tag, permissions and, for a named user or group, an id.
  typealias Entry = (tag: UInt16, permissions: UInt16, id: UInt32?)

  private static let nameFor: [UInt8: String] = [
    3: "system.posix_acl_access", 4: "system.posix_acl_default",
  ]

  private func stored(
    _ endianness: Endianness, version: UInt32 = 1, _ entries: [Entry]
  ) -> [UInt8] {
    let image = ImageBuilder(Dialect(endianness))
    return entries.reduce(image.number32(version)) { bytes, entry in
      bytes + image.number16(entry.tag) + image.number16(entry.permissions)
        + (entry.id.map(image.number32) ?? [])
    }
  }

  /// A volume whose file 2 has the list, under both names.
  private func volume(_ endianness: Endianness, _ stored: [UInt8]) throws -> Volume {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    for prefix in [3, 4] as [UInt8] {
      image.addXattr(
        xid: UInt32(prefix), version: 1, prefix: prefix, name: "", value: stored)
      image.addXref(ino: 2, xid: UInt32(prefix), sequence: 2)
    }
    return try Volume(image)
  }

  private static let reference: [Entry] = [
    (1, 6, nil), (2, 7, 1000), (4, 4, nil), (8, 5, 2000), (0x10, 7, nil), (0x20, 4, nil),
  ]

  @Test func `the reference's list is stored as the reference says`() {
    #expect(
      stored(.little, Self.reference)
        == bytes(
          hex: "01000000 01000600 02000700e8030000 04000400 08000500d0070000 10000700 20000400"))
  }

  @Test(arguments: Endianness.allCases)
  func `a list is given in Linux's form, little-endian always`(endianness: Endianness) throws {
    let volume = try volume(endianness, stored(endianness, Self.reference))
    let expected = bytes(
      hex: """
        02000000 01000600ffffffff 02000700e8030000 04000400ffffffff 08000500d0070000
        10000700ffffffff 20000400ffffffff
        """)
    for name in Self.nameFor.values {
      #expect(try volume.xattr(name, of: 2) == expected)
    }
  }

  @Test(
    arguments: Endianness.allCases,
    [
      [(1, 6, nil)], [(1, 6, nil), (4, 4, nil), (0x20, 4, nil)],
      [(1, 6, nil), (4, 4, nil), (0x10, 4, nil), (0x20, 4, nil)],
    ] as [[Entry]])
  func `a list of up to four entries without ids is given`(
    endianness: Endianness, entries: [Entry]
  ) throws {
    let volume = try volume(endianness, stored(endianness, entries))
    let value = try #require(try volume.xattr("system.posix_acl_access", of: 2))
    #expect(value.count == 4 + 8 * entries.count)
    #expect(value.prefix(12) == bytes(hex: "02000000 01000600 ffffffff")[...])
  }

  @Test(
    arguments: Endianness.allCases,
    [
      ("empty", 1, [], "", false), ("version 2", 2, reference, "", true),
      ("version 0", 0, reference, "", true), ("an unknown tag", 1, [(3, 6, nil)], "", true),
      ("tag 0", 1, [(0, 6, nil)], "", true),
      ("half an entry", 1, [(1, 6, nil)], "0000", true),
      ("an entry too much", 1, reference, "01000600", true),
      (
        "five without ids", 1, [(1, 6, nil), (4, 4, nil), (4, 4, nil), (4, 4, nil), (4, 4, nil)],
        "", true
      ),
      (
        "six without ids", 1,
        [(1, 6, nil), (4, 4, nil), (4, 4, nil), (4, 4, nil), (4, 4, nil), (4, 4, nil)], "", true
      ),
      ("a truncated id", 1, [(2, 6, nil)], "", true),
      ("a named user alone", 1, [(2, 6, 7)], "", true),
    ] as [(String, UInt32, [Entry], String, Bool)])
  func `a list of another form is listed and cannot be had`(
    endianness: Endianness,
    row: (label: String, version: UInt32, entries: [Entry], rest: String, isMalformed: Bool)
  ) throws {
    let value = stored(endianness, version: row.version, row.entries) + bytes(hex: row.rest)
    let volume = try volume(endianness, value)
    #expect(try volume.xattrs(of: 2).count == 2)
    for name in Self.nameFor.values {
      if row.isMalformed {
        #expect(throws: JFFS2Error.malformedACL(ino: 2)) { try volume.xattr(name, of: 2) }
      } else {
        #expect(try volume.xattr(name, of: 2) == nil)
      }
    }
  }

  @Test(arguments: Endianness.allCases, 0..<4)
  func `a list shorter than its version is malformed`(
    endianness: Endianness, count: Int
  ) throws {
    let volume = try volume(endianness, Array(stored(endianness, []).prefix(count)))
    #expect(throws: JFFS2Error.malformedACL(ino: 2)) {
      try volume.xattr("system.posix_acl_access", of: 2)
    }
  }
}
