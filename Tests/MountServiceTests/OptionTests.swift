import FirmwareAccess
import MountService
import SystemPackage
import Testing

@Suite struct `Option text` {
  @Test(arguments: [
    ("a,b", ["a", "b"]), (#"fsname=x\,y,b"#, ["fsname=x,y", "b"]), (#"a\\b"#, [#"a\b"#]),
    (#"a\054b"#, ["a,b"]), ("", []), (",,a", ["a"]),
    ("mtdparts=f:1M(a),-(b),uid=3", ["mtdparts=f:1M(a),-(b)", "uid=3"]),
    (
      "mtdparts=f:1M(a)ro,2M@0x40000(b),0x1000,ro",
      ["mtdparts=f:1M(a)ro,2M@0x40000(b),0x1000", "ro"]
    ),
    ("mtdparts=@table,5=3,ro", ["mtdparts=@table", "5=3", "ro"]),
    ("mtdparts=f:1M(a,b),3M(c)", ["mtdparts=f:1M(a,b),3M(c)"]),
    ("mtdparts=nand:1M(a)slc,2T(b)slc,-(c),ro", ["mtdparts=nand:1M(a)slc,2T(b)slc,-(c)", "ro"]),
    ("mtdparts=f:1M(a),2Q(b)", ["mtdparts=f:1M(a),2Q(b)"]),
    ("mtdparts=f:1M(a),2M(b);g:3M(c),-", ["mtdparts=f:1M(a),2M(b);g:3M(c),-"]),
  ])
  func `is split at its own commas only`(text: String, options: [String]) {
    #expect(OptionText.split(text) == options)
  }
}

@Suite struct `Mount options` {
  private func parse(_ options: String...) throws -> MountOptions {
    let arguments = ["fw", "m"] + options.flatMap { ["-o", $0] }
    let invocation = try Invocation(
      program: "jffs2fuse", arguments: arguments.map { Array($0.utf8) })
    guard case .mount(_, _, let options) = invocation else { return MountOptions() }
    return options
  }

  @Test func `take values`() throws {
    let options = try parse(
      "offset=64k,length=1M,oob=2048+64,endian=big", "umask=022,drain=5,sandbox=no,damaged=zero")
    #expect(options.offset == 65536)
    #expect(options.spareArea?.oobSize == 64)
    #expect(options.endianness == .big)
    #expect(options.umask == 0o22)
    #expect(options.drain == 5)
    #expect(!options.sandbox)
    #expect(options.damaged == .zero)
  }

  @Test(arguments: [
    "ofset=3", "offset", "offset=", "offset=-1", "oob=1", "endian=middle", "umask=9", "uid=no:body",
    "nonempty=1", "drain=x", "sandbox=maybe", "erase_size=0", "allow_other=1", "fsname",
    "fsname=",
  ])
  func `that are wrong are usage errors which name them`(option: String) {
    let failure = #expect(throws: ProgramError.self) { try parse(option) }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains(option.prefix { $0 != "=" }) == true)
  }

  @Test func `that are unknown name the closest one`() {
    let failure = #expect(throws: ProgramError.self) { try parse("ofset=3") }
    #expect(failure?.message == "unknown option -o ofset=3; did you mean offset?")
  }

  @Test(
    arguments: [
      ("uid=nobody,gid=65534", 65534, 65534), ("uid=root,gid=root", 0, 0), ("uid=7,gid=8", 7, 8),
    ] as [(String, UInt32, UInt32)])
  func `take owners by name and number`(text: String, uid: UInt32, gid: UInt32) throws {
    let options = try parse(text)
    #expect(options.userID == uid && options.groupID == gid)
  }

  @Test(arguments: [
    ("kernel_cache", "not available; firmware never changes"),
    ("entry_timeout=3", "not available; firmware never changes"),
    ("use_ino", "not available; the inode numbers"),
    ("big_writes", "not available; the mount is read-only"),
    ("modules=subdir", "not available; it belongs to"), ("loop", "not available; no loop device"),
    ("drop_privileges", "not available; mount.fuse3"),
  ])
  func `of other FUSE file systems are refused with the reason`(option: String, reason: String) {
    let failure = #expect(throws: ProgramError.self) { try parse(option) }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains(reason) == true)
  }

  @Test(arguments: [
    (["--partition", "config"], "unknown option --partition; use -o partition=config"),
    (["--erase-size=64k"], "unknown option --erase-size; use -o erase_size=64k"),
    (["--offset"], "unknown option --offset; use -o offset=SIZE"),
    (["--history"], "unknown option --history; use -o history"),
    (["--doctr"], "unknown option --doctr; did you mean --doctor?"),
    (["--histroy"], "unknown option --histroy; did you mean -o history?"),
    (["--erase-siz", "64k"], "unknown option --erase-siz; did you mean -o erase_size=64k?"),
    (["--frobnicate"], "unknown option --frobnicate; see jffs2fuse --help"),
  ])
  func `in the spelling of jffs2 are recognized`(option: [String], message: String) {
    let failure = #expect(throws: ProgramError.self) {
      try Invocation(program: "jffs2fuse", arguments: (["fw"] + option).map { Array($0.utf8) })
    }
    #expect(failure == ProgramError(message, .usage))
  }

  @Test func `that need more than the sandbox leaves are refused with it`() {
    let command = ["firmware", "m", "-o", "clone_fd"]
    let failure = #expect(throws: ProgramError.self) {
      try Invocation(program: "jffs2fuse", arguments: command.map { Array($0.utf8) })
    }
    #expect(failure?.message.contains("sandbox=no") == true)
    #expect(failure?.status == .usage)
  }

  @Test(arguments: [
    (["firmware", "m", "-o", "allow_other,allow_root"], "-o allow_other,allow_root: use only"),
    (["--doctor", "--unmount", "m"], "--doctor and --unmount cannot be combined"),
  ])
  func `that exclude each other are refused`(command: [String], message: String) {
    let failure = #expect(throws: ProgramError.self) {
      try Invocation(program: "jffs2fuse", arguments: command.map { Array($0.utf8) })
    }
    #expect(failure?.message.hasPrefix(message) == true)
    #expect(failure?.status == .usage)
  }

  @Test func `of mount(8) are dropped, noexec is not`() throws {
    let options = try parse("rw,nofail,_netdev,x-systemd.automount,comment=a,user,noexec")
    #expect(options.libfuse == ["noexec"])
  }

  @Test func `cannot change the type by which our mounts are known`() throws {
    #expect(try parse("subtype=jffs2fuse").libfuse.isEmpty)
    let failure = #expect(throws: ProgramError.self) { try parse("subtype=other") }
    #expect(failure?.message.contains("always fuse.jffs2fuse") == true)
  }

  @Test(
    arguments: [
      ("ro,nosuid,nodev", nil), ("ro", nil), ("ro,suid,nodev", "nosuid"), ("ro,dev", "nodev"),
      ("dev,suid,allow_other", "ro,nosuid,nodev"),
    ] as [(String, String?)])
  func `of mount.fuse3 that keep devices and programs active cause a warning`(
    text: String, missing: String?
  ) throws {
    let warning = try parse(text).passedMountWarning
    #expect(warning?.contains("without \(missing ?? ""):") == (missing == nil ? nil : true))
  }

  @Test func `are always read-only, and protect what is shared`() throws {
    let options = try parse("allow_other").sessionOptions
    #expect(
      options == [
        "ro", "nosuid", "nodev", "subtype=jffs2fuse", "default_permissions", "allow_other",
      ])
  }
}

@Suite struct `Mount table` {
  @Test func `decodes paths and finds the last mount at a place`() {
    let text = #"""
      30 24 0:52 / /a\040b ro,nosuid - fuse.jffs2fuse /x\134y ro
      31 30 0:53 / /a\040b rw shared:1 - tmpfs t rw
      broken line
      """#
    let table = MountTable(mountinfo: Array(text.utf8))
    #expect(table.entries.count == 2)
    #expect(table.entries[0].source == #"/x\y"#)
    #expect(table.top(at: "/a b")?.device == "0:53")
  }

  private func table(_ lines: String...) -> MountTable {
    MountTable(mountinfo: Array(lines.joined(separator: "\n").utf8))
  }

  @Test func `finds a mount whose directory was renamed, and no other mount with the same number`()
    throws
  {
    let seen = try #require(table("30 24 0:52 / /a/m ro - fuse.jffs2fuse /x ro").entries.first)
    let moved = table("30 24 0:52 / /b/m ro - fuse.jffs2fuse /x ro").find(seen)
    #expect(moved?.mountpoint == "/b/m")
    #expect(table("30 24 0:52 / /a/m ro - fuse.jffs2fuse /y ro").find(seen) == nil)
    #expect(table("30 24 0:53 / /a/m ro - fuse.jffs2fuse /x ro").find(seen) == nil)
    #expect(table("31 24 0:52 / /a/m ro - fuse.jffs2fuse /x ro").find(seen) == nil)
  }

  /// The text after `/a/m`, or before it where that is said, and whether it covers `/a/m`.
  @Test(arguments: [
    ("31 30 0:53 / /a/m rw - tmpfs t rw", false, true),
    ("31 24 0:53 / /a rw - tmpfs t rw", false, true),
    ("31 24 0:53 / /a/mm rw - tmpfs t rw", false, false),
    ("31 30 0:53 / /a/m/x rw - tmpfs t rw", false, false),
    // It is on this one.
    ("29 24 0:53 / /a rw - tmpfs t rw", true, false),
    // It was moved onto this one.
    ("29 24 0:53 / /a rw - tmpfs t rw", false, false),
  ])
  func `knows what covers a mount`(other: String, isBefore: Bool, covers: Bool) throws {
    let root = "24 1 0:20 / / rw - ext4 /dev/sda rw"
    let carrier = other.hasPrefix("29") ? 29 : 24
    let ours = "30 \(carrier) 0:52 / /a/m ro - fuse.jffs2fuse /x ro"
    let table = isBefore ? table(root, other, ours) : table(root, ours, other)
    let entry = try #require(table.entries.first { $0.id == 30 })
    #expect(table.isCovered(entry) == covers)
  }
}

@Suite struct `Log lines` {
  @Test func `show control characters`() {
    #expect(Log.line("a\n\u{1b}[2J", level: .warning) == "jffs2fuse: warning: a\\n\\u{1b}[2J")
  }

  @Test func `are limited after a burst, and the rest is counted`() {
    var limit = RateLimit(burst: 2, perSecond: 1)
    #expect(limit.admit(at: 5000) == .pass(suppressed: 0))
    #expect(limit.admit(at: 5000) == .pass(suppressed: 0))
    #expect(limit.admit(at: 5001) == .suppress)
    #expect(limit.admit(at: 6000) == .pass(suppressed: 1))
  }
}
