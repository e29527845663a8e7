import JFFS2
import Testing

@Suite struct NodeTypeTests {
  @Test(
    arguments: [
      (0x2010, .deletes), (0x2004, .deletes), (0x0003, .deletes), (0x6010, .copies),
      (0x4010, .copies), (0xA010, .readOnly), (0x8010, .readOnly), (0xE010, .incompatible),
      (0xC001, .incompatible), (0xE007, .incompatible),
    ] as [(UInt16, NodeType.Compatibility)])
  func `the upper two bits say what to do with an unknown type`(
    type: UInt16, compatibility: NodeType.Compatibility
  ) {
    #expect(NodeType(rawValue: type).compatibility == compatibility)
  }

  @Test(
    arguments: [
      (0xE001, 0xC001, .dirent, "dirent"), (0xE002, 0xC002, .inode, "inode"),
      (0x2003, 0x0003, .cleanmarker, "cleanmarker"), (0x2004, 0x0004, .padding, "padding"),
      (0x2006, 0x0006, .summary, "summary"), (0xE008, 0xC008, .xattr, "xattr"),
      (0xE009, 0xC009, .xref, "xref"),
    ] as [(UInt16, UInt16, NodeType, String)])
  func `an obsolete type is the live one without the accurate bit`(
    live: UInt16, obsolete: UInt16, type: NodeType, name: String
  ) {
    #expect(type.rawValue == live)
    #expect(type.isAccurate)
    #expect(type.accurate == type)
    let dead = NodeType(rawValue: obsolete)
    #expect(!dead.isAccurate)
    #expect(dead.accurate == type)
    #expect(type.name == name)
    #expect(dead.name == name)
  }

  @Test(arguments: [0x2005, 0x2007, 0xE003, 0x2001, 0xA002, 0x2010] as [UInt16])
  func `an unassigned type has no name`(type: UInt16) {
    #expect(NodeType(rawValue: type).name == nil)
  }
}
