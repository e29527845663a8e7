import Foundation
import Glibc
import TestSupport
import Testing

/// A flash memory with an empty file system and three side by side, through the built program.
@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A dump with several file systems` {
  private static let names = FlashDump.offsets.map(\.name)
  private static let places = FlashDump.offsets.map { "jffs2@0x" + String($0.offset, radix: 16) }

  /// How the partitions get their names.
  enum Table: CaseIterable {
    case none, inDump, given

    var folders: [String] { self == .none ? places : names }
    var dump: [UInt8] { FlashDump.bytes(table: self == .inDump ? FlashDump.table : nil) }
    var options: [String] { self == .given ? ["-o", "mtdparts=\(FlashDump.table)"] : [] }
  }

  @Test(arguments: Table.allCases, User.available)
  func `shows a directory for each`(table: Table, user: User) throws {
    let place = try MountPlace(table.dump, user: user)
    let mounted = try place.run([place.firmware, place.mountpoint] + table.options)
    try #require(mounted.status == 0, "\(mounted.error)")
    #expect(try place.shell("ls $M").output == lines(table.folders.sorted()))
    let contents = zip(table.folders, Self.names).dropFirst()
    for (folder, name) in contents {
      let shown = try place.shell("cd '\(place.path(folder))' && ls && cat \(name).txt link")
      #expect(shown.output == lines([["link", "\(name).txt"].sorted(), [name, name]].joined()))
    }
    #expect(try place.shell("ls -A '\(place.path(table.folders[0]))'").output.isEmpty)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }

  @Test func `is a directory that no one writes to`() throws {
    let place = try MountPlace(FlashDump.bytes())
    let child = try place.mount()
    #expect(try place.shell("stat -c '%a %h %F' $M").output == "555 6 directory\n")
    #expect(try place.shell("touch $M/x").error.contains("Read-only file system"))
    #expect(try place.shell("ls $M/nothing").status != 0)
    try place.unmount(child)
  }

  @Test func `is a directory that umask=, uid= and gid= change`() throws {
    let place = try MountPlace(FlashDump.bytes())
    let child = try place.mount("umask=027,uid=7,gid=8")
    #expect(try place.shell("stat -c '%a %u %g' $M").output == "550 7 8\n")
    try place.unmount(child)
    let plain = try place.mount()
    #expect(try place.shell("stat -c '%u %g' $M").output == "0 0\n")
    try place.unmount(plain)
  }

  @Test func `has a line in the log for each whose root cannot be read`() throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o40700)
    builder.addFile("a", ino: 2, [1])
    builder.padWithErased(toMultipleOf: FlashDump.blockSize)
    let place = try MountPlace(builder.bytes + builder.bytes)
    let child = try place.mount("mtdparts=flash:64k(first),64k(second)")
    #expect(truncate(place.firmware, 0) == 0)
    #expect(try place.shell("stat $M/first").error.contains("Input/output error"))
    #expect(eventually { child.error.contains("(first): \(place.firmware): ends at 0x") })
    #expect(!child.error.contains("(second): \(place.firmware): ends at 0x"))
    #expect(try place.shell("ls $M/second").status != 0)
    #expect(eventually { child.error.contains("(second): \(place.firmware): ends at 0x") })
    try place.unmount(child)
  }

  @Test func `of which none can be served reports the reason`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    builder.addInode(1, version: 1, payload: [1])
    builder.padWithErased(toMultipleOf: FlashDump.blockSize)
    let place = try MountPlace(builder.bytes + builder.bytes)
    let result = try place.run([
      place.firmware, place.mountpoint, "-o", "mtdparts=flash:64k(first),64k(second)",
    ])
    #expect(result.status == 2)
    #expect(
      result.error
        == "jffs2fuse: \(place.firmware): first: the root inode is not a directory\n")
  }

  /// Each has its file under inode number 2: a copying program must not treat them as links to one file.
  @Test func `gives each a separate inode space`() throws {
    let place = try MountPlace(FlashDump.bytes(table: FlashDump.table))
    let child = try place.mount()
    let inodes = try place.shell("find $M -printf '%i %y %n\\n' | sort -u").output
    // The root, four roots, and three files of two names.
    #expect(inodes.split(separator: "\n").count == 1 + 4 + 3, "\(inodes)")
    let copied = try place.shell(
      "mkdir $D/copy && tar -C $M -c . | tar -C $D/copy -x && cd $D/copy && cat */link")
    #expect(copied.output == "app\nconfig\ndata\n", "\(copied.error)")
    #expect(try place.shell("stat -c %h $D/copy/*/link").output == "2\n2\n2\n")
    try place.unmount(child)
  }

  @Test(arguments: [
    (Table.inDump, "config", "config"), (.given, "config", "config"), (.inDump, "2", "config"),
    (.none, "2", "config"), (.none, "0xc0000", "config"), (.inDump, "0xc0000", "config"),
    (.none, "jffs2@0xe0000", "data"), (.none, "1", "app"),
  ])
  func `shows one alone that partition= picks`(table: Table, wanted: String, name: String) throws {
    let place = try MountPlace(table.dump)
    let mounted = try place.run(
      [place.firmware, place.mountpoint, "-o", "partition=\(wanted)"] + table.options)
    try #require(mounted.status == 0, "\(mounted.error)")
    #expect(try place.shell("cat $M/link $M/\(name).txt").output == lines([name, name]))
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }

  @Test(arguments: Table.allCases, ["boot", "4", "0xc0001", "CONFIG"])
  func `lists what there is when partition= names none`(table: Table, wanted: String) throws {
    let place = try MountPlace(table.dump)
    let result = try place.run(
      [place.firmware, place.mountpoint, "-o", "partition=\(wanted)"] + table.options)
    #expect(result.status == 1)
    let list = zip(table.folders, FlashDump.offsets).enumerated().map { number, part in
      "\(number) \(part.0) at 0x\(String(part.1.offset, radix: 16))"
    }
    #expect(
      result.error == "jffs2fuse: \(place.firmware): no JFFS2 partition \(wanted); there are: "
        + list.joined(separator: ", ")
        + (wanted == "CONFIG" && table != .none ? "; did you mean config?\n" : "\n"))
    #expect(place.mounts.isEmpty)
  }

  @Test func `says nothing on success but in the foreground`() throws {
    let place = try MountPlace(FlashDump.bytes(table: FlashDump.table))
    let result = try place.shell("$P $F $M && $P --unmount $M")
    #expect(result.status == 0 && result.output == "" && result.error == "")
  }

  @Test func `says once what was found, and what to know about all of it`() throws {
    // After a header whose data CRC is wrong.
    let dump = Images.uImage(FlashDump.bytes(table: FlashDump.table), dataCRC: 1)
    let place = try MountPlace(dump)
    let child = try place.mount()
    #expect(child.settledError.ranges(of: "wrong data CRC").count == 1, "\(child.error)")
    for name in Self.names {
      let line = child.error.split(separator: "\n").first { $0.contains(" \(name): ") }
      let text = String(try #require(line))
      #expect(text.hasPrefix("jffs2fuse: \(name): ") && text.contains(" bytes at "))
      #expect(text.utf8.count <= 80)
    }
    #expect(child.error.contains(": spare, app, config, data; mounted at "))
    #expect(child.error.contains("4 file systems in the U-Boot image "))
    try place.unmount(child)
  }

  private func lines(_ texts: some Sequence<String>) -> String {
    texts.map { $0 + "\n" }.joined()
  }
}
