import JFFS2
import TestSupport
import Testing

@Suite struct `States of nodes` {
  /// The state of the node at each offset.
  private func states(
    _ builder: ImageBuilder
  ) throws -> [UInt32: NodeState] {
    let volume = try Volume(builder)
    var recorder = StateRecorder(states: try volume.nodeStates())
    try volume.scanner.scan(&recorder)
    return recorder.found
  }

  private func builder() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    return builder
  }

  @Test func `what shows of a file is live, what newer data cover is superseded`() throws {
    var builder = builder()
    let name = builder.addDirent(version: 1, ino: 2, name: "f")
    let covered = builder.addInode(2, version: 1, fileSize: 8, payload: [1, 1, 1, 1])
    let partly = builder.addInode(2, version: 2, fileSize: 8, offset: 4, payload: [2, 2, 2, 2])
    let attributes = builder.addInode(2, version: 3, fileSize: 8)
    let newest = builder.addInode(
      2, version: 4, fileSize: 8, payload: [3, 3, 3, 3, 3], compression: .none)
    let found = try states(builder)
    #expect(found[UInt32(name)] == .live)
    #expect(found[UInt32(covered)] == .superseded)
    #expect(found[UInt32(partly)] == .live)
    #expect(found[UInt32(attributes)] == .superseded)
    #expect(found[UInt32(newest)] == .live)
  }

  @Test func `data after a truncation are superseded, and the truncation is live`() throws {
    var builder = builder()
    builder.addDirent(version: 1, ino: 2, name: "f")
    let first = builder.addInode(2, version: 1, payload: [1, 1, 1, 1])
    let behind = builder.addInode(2, version: 2, offset: 4, payload: [2, 2, 2, 2])
    let truncation = builder.addInode(2, version: 3, fileSize: 4)
    let found = try states(builder)
    #expect(found[UInt32(first)] == .live)
    #expect(found[UInt32(behind)] == .superseded)
    #expect(found[UInt32(truncation)] == .live)
  }

  @Test func `a replaced name is superseded; a deletion counts while it hides one`() throws {
    var builder = builder()
    builder.addInode(2, version: 1)
    let old = builder.addDirent(version: 1, ino: 2, name: "f")
    let new = builder.addDirent(version: 2, ino: 2, name: "f")
    let hidden = builder.addDirent(version: 3, ino: 2, name: "g")
    let needed = builder.addDirent(version: 4, ino: 0, name: "g")
    let idle = builder.addDirent(version: 5, ino: 0, name: "h")
    let found = try states(builder)
    #expect(found[UInt32(old)] == .superseded)
    #expect(found[UInt32(new)] == .live)
    #expect(found[UInt32(hidden)] == .superseded)
    #expect(found[UInt32(needed)] == .live)
    #expect(found[UInt32(idle)] == .superseded)
  }

  @Test func `what no path leads to is orphaned, loops of directories too`() throws {
    var builder = builder()
    let orphan = builder.addInode(9, version: 1, payload: [1])
    let first = builder.addInode(20, version: 1, mode: 0o040755)
    builder.addInode(21, version: 1, mode: 0o040755)
    let inLoop = builder.addDirent(parent: 20, version: 1, ino: 21, name: "a", type: 4)
    builder.addDirent(parent: 21, version: 1, ino: 20, name: "b", type: 4)
    let dangling = builder.addDirent(version: 3, ino: 77, name: "gone")
    let found = try states(builder)
    for offset in [orphan, first, inLoop, dangling] {
      #expect(found[UInt32(offset)] == .orphaned)
    }
  }

  @Test(arguments: [ImageBuilder.Flaw.nodeCRC, .dataCRC])
  func `a node with a wrong CRC is damaged, and the older one shows`(
    _ flaw: ImageBuilder.Flaw
  ) throws {
    var builder = builder()
    builder.addDirent(version: 1, ino: 2, name: "f")
    let old = builder.addInode(2, version: 1, payload: [1, 1])
    let bad = builder.addInode(2, version: 2, payload: [2, 2], flaws: [flaw])
    let found = try states(builder)
    #expect(found[UInt32(old)] == .live)
    #expect(found[UInt32(bad)] == .damaged)
  }

  @Test func `marks on the flash, filler and types without a name have their own`() throws {
    var builder = builder()
    let marked = builder.addDirent(version: 1, ino: 2, name: "f", flaws: [.obsolete])
    let marker = builder.addCleanmarker()
    let filler = builder.addNode(type: NodeType.padding.rawValue, body: [0, 0, 0, 0])
    let strange = builder.addNode(type: 0x2055)
    let badName = builder.addDirent(version: 1, ino: 2, name: "f", flaws: [.nameCRC])
    let found = try states(builder)
    #expect(found[UInt32(marked)] == .obsolete)
    #expect(found[UInt32(marker)] == .live)
    #expect(found[UInt32(filler)] == .padding)
    #expect(found[UInt32(strange)] == .unknown)
    #expect(found[UInt32(badName)] == .damaged)
  }

  @Test func `an extended attribute is live while a reachable inode has it`() throws {
    var builder = builder()
    builder.addDirent(version: 1, ino: 2, name: "f")
    builder.addInode(2, version: 1)
    let old = builder.addXattr(xid: 1, version: 1, name: "a", value: [1])
    let new = builder.addXattr(xid: 1, version: 2, name: "a", value: [2])
    let link = builder.addXref(ino: 2, xid: 1, sequence: 2)
    let unused = builder.addXattr(xid: 2, version: 1, name: "b", value: [1])
    let removed = builder.addXref(ino: 2, xid: 2, sequence: 4)
    let removal = builder.addXref(ino: 2, xid: 2, sequence: 5)
    let idleRemoval = builder.addXref(ino: 2, xid: 3, sequence: 7)
    let dangling = builder.addXref(ino: 2, xid: 8, sequence: 8)
    let bad = builder.addXattr(xid: 4, version: 1, name: "c", value: [1], flaws: [.dataCRC])
    builder.addXref(ino: 2, xid: 4, sequence: 10)
    let expected: [(Int, NodeState)] = [
      (old, .superseded), (new, .live), (link, .live), (unused, .orphaned),
      (removed, .superseded), (removal, .live), (idleRemoval, .superseded),
      (dangling, .orphaned), (bad, .damaged),
    ]
    let found = try states(builder)
    for (offset, state) in expected { #expect(found[UInt32(offset)] == state) }
  }
}

private struct StateRecorder: NodeVisitor {
  let states: NodeStates
  var found: [UInt32: NodeState] = [:]

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    found[offset] = states.state(of: header, at: offset)
  }
}
