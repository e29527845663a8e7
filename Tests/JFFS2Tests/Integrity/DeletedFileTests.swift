import JFFS2
import TestSupport
import Testing

@Suite struct `An inode without a path in a file system in use` {
  /// A file system that the driver wrote, with one file.
  private func used() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addDirent(version: 2, ino: 2, name: "kept")
    builder.addInode(2, version: 1)
    builder.addInode(2, version: 2, payload: [1, 2, 3])
    return builder
  }

  private func findings(_ change: (inout ImageBuilder) -> Void) throws -> [Finding] {
    var builder = used()
    change(&builder)
    return try Volume(builder).integrityFindings
  }

  @Test func `is a deleted file if its name was deleted or replaced`() throws {
    let found = try findings { builder in
      builder.addDirent(version: 3, ino: 5, name: "gone")
      builder.addInode(5, version: 1)
      builder.addDirent(version: 4, ino: 0, name: "gone")
      builder.addDirent(version: 5, ino: 6, name: "saved")
      builder.addInode(6, version: 1)
      builder.addDirent(version: 6, ino: 7, name: "saved")
      builder.addInode(7, version: 1)
    }
    #expect(found.map(\.kind) == [.deleted])
    #expect(found.first?.isDamage == false)
    #expect(
      found.first?.reason
        == "2 deleted or replaced files: jffs2 extract --history gets the remaining data")
  }

  @Test func `may be lost if no name of it is left`() throws {
    let found = try findings { builder in
      builder.addInode(5, version: 1)
      builder.addDirent(version: 4, ino: 6, name: "gone")
      builder.addInode(6, version: 1)
      builder.addDirent(version: 5, ino: 0, name: "gone")
    }
    #expect(found.map(\.kind) == [.deleted, .unreachable])
    let last = try #require(found.last)
    #expect(last.reason.hasPrefix("1 inode without a path to the root: deleted, or lost"))
  }

  @Test(arguments: [1, 2])
  func `is damage in an empty root only if more inodes are there than deletions`(count: UInt32)
    throws
  {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addDirent(version: 5, ino: 0, name: "gone")
    for ino in 2..<2 + count {
      builder.addInode(ino, version: 1)
      builder.addInode(ino, version: 2, payload: [1, 2, 3])
    }
    let found = try Volume(builder).integrityFindings
    #expect(found.map(\.kind) == [.unreachable])
    #expect(found.map(\.isDamage) == [count > 1])
  }

  @Test func `may be lost if it has a name in a directory without a path`() throws {
    let found = try findings { builder in
      builder.addInode(8, version: 1, mode: 0o040755)
      builder.addDirent(parent: 8, version: 2, ino: 9, name: "file")
      builder.addInode(9, version: 1)
      // A copy, as garbage collection makes it.
      builder.addDirent(parent: 8, version: 3, ino: 9, name: "file")
    }
    #expect(found.map(\.kind) == [.unreachable])
    #expect(
      found.first?.reason.hasPrefix("2 inodes and 1 name without a path to the root: ") == true)
  }
}
