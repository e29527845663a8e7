import Foundation
import TestSupport
import Testing

@Suite struct `A wrong command line of jffs2` {
  private static let rows: [([String], String)] = [
    (["list", "image"], "list: no such command; did you mean jffs2 ls?"),
    (["verfy", "image"], "verfy: no such command; did you mean jffs2 verify?"),
    (["fsck", "image"], "fsck: no such command; did you mean jffs2 verify?"),
    (["version"], "version: no such command; did you mean jffs2 --version?"),
    (["mount", "image"], "mount: no such command; use: jffs2fuse FIRMWARE [MOUNTPOINT]"),
    (["frobnicate"], "frobnicate: no such command; see jffs2 --help"),
    (["unpak", "image"], "unpak: no such command; did you mean jffs2 extract?"),
    (
      ["nodes", "image", "etc/a b"],
      "unexpected argument 'etc/a b'; did you mean --path 'etc/a b'?"
    ),
    (["help", "nosuch"], "nosuch: no such command; see jffs2 --help"),
    (["help", "lss"], "lss: no such command; did you mean jffs2 ls?"),
    (["image", "ls"], "image: no such command; the command comes first: jffs2 ls image"),
    (["ls", "--frob", "image"], "--frob: unknown option; see jffs2 ls --help"),
    (["ls", "--frob", "--help"], "--frob: unknown option; see jffs2 ls --help"),
    (["ls", "-lq", "--help"], "-q: unknown option; see jffs2 ls --help"),
    (["ls", "--jso", "image"], "--jso: unknown option; did you mean --json?"),
    (
      ["ls", "--erase_size", "64k", "image"],
      "--erase_size: unknown option; did you mean --erase-size?"
    ),
    (["ls", "-z", "image"], "-z: unknown option; see jffs2 ls --help"),
    (["info", "-h"], "-h: unknown option; did you mean --help?"),
    (["diff", "--version", "1", "a", "b"], "--version: unknown option; see jffs2 diff --help"),
    (["diff", "-", "-"], "standard input can be only one of the two"),
    (
      ["pack", "--compression", "gzip", "-o", "new", "tree"],
      "--compression: no such compressor: gzip; there are none, zlib, lzo, lzma, rtime"
    ),
    (
      ["cat", "-"],
      "missing expected argument '<path> ...'; usage: jffs2 cat [<options>] <firmware> <path> ..."
    ),
    (["info", "-h", "image"], "-h: unknown option; did you mean --help?"),
    (["cat", "-h", "image", "a"], "-h: unknown option; did you mean --help?"),
    (
      ["ls", "-o", "partition=config", "image"],
      "-o: unknown option; did you mean --partition config?"
    ),
    (
      ["cat", "image", "-o", "erase_size=64k,image_offset=64"],
      "-o: unknown option; did you mean --erase-size 64k --offset 64?"
    ),
    (
      ["ls", "-o", "mtdparts=x:1M(a),-(b)", "image"],
      "-o: unknown option; did you mean --mtdparts 'x:1M(a),-(b)'?"
    ),
    (["ls", "-o", "uid=5", "image"], "-o: unknown option; see jffs2 ls --help"),
    (["extract", "-o", "out", "image"], "-o: unknown option; did you mean -C out?"),
    (["cat", "image", "a", "-o", "out"], "-o: unknown option; did you mean > out?"),
    (
      ["unwrap", "-o", "partition=config", "image"],
      "-o partition=config: options are written --partition config here; for a file of this name: "
        + "-o ./partition=config"
    ),
    (["ls", ""], "an argument is empty"),
    (["cat", "image", ""], "an argument is empty"),
    (["ls", "--partition=", "image"], "--partition=: the value is missing"),
    (
      ["ls", "--offset", "-5", "image"],
      "the value '-5' is invalid for '--offset <size>': not a size such as 0x40000 or 256k"
    ),
    (["ls", "--offset", "5000", "image"], "image: --offset 5000 is outside the file's 2 bytes"),
    (
      ["ls", "--length", "5000", "image"], "image: --length 5000 reaches beyond the file's 2 bytes"
    ),
    (
      ["ls", "--partition", "a", "--partition=b", "image"],
      "--partition is given more than once"
    ),
    (
      ["ls", "--erase-size", "17", "image"],
      "--erase-size must be a multiple of 4 and at least 4096"
    ),
    (
      ["ls", "--endian", "middle", "image"],
      "the value 'middle' is invalid for '--endian <endian>'; use one of 'little' and 'big'"
    ),
    (
      ["cat", "image"],
      "missing expected argument '<path> ...'; usage: jffs2 cat [<options>] <firmware> <path> ..."
    ),
    (
      ["export", "-o", "x.tar", "image", "more"],
      "unexpected argument 'more'; see jffs2 export --help"
    ),
  ]

  @Test(arguments: Self.rows)
  func `is answered in one line, with status 64`(arguments: [String], message: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write([1, 2])
    let result = try workspace.jffs2(arguments)
    #expect(result.error == "jffs2: \(message)\n")
    #expect(result.output == "")
    #expect(result.status == 64)
  }

  @Test func `that is empty is answered with the usage`() throws {
    let bare = try Workspace().jffs2([])
    #expect(bare.status == 64)
    #expect(bare.output == "")
    #expect(bare.error.hasPrefix("jffs2: name a command\nUsage: jffs2 <command> "))
    #expect(bare.error.contains("info, ls, cat, extract"))
  }

  @Test func `with a file's name that looks like options names the file`() throws {
    let workspace = try Workspace()
    _ = try workspace.write([1, 2], "-dirt")
    let result = try workspace.jffs2(["ls", "-dirt"])
    #expect(
      result.error == "jffs2: missing expected argument '<firmware>'; for the file -dirt: ./-dirt\n"
    )
    #expect(result.status == 64)
  }

  @Test(arguments: [
    "info", "ls", "cat", "extract", "export", "history", "nodes", "verify", "pack", "unwrap", "map",
    "diff",
  ])
  func `is not one that asks for help`(command: String) throws {
    let workspace = try Workspace()
    for arguments in [[command, "--help"], ["help", command]] {
      let help = try workspace.jffs2(arguments)
      #expect(help.status == 0 && help.error == "")
      #expect(help.output.contains("USAGE: jffs2 \(command) "))
      #expect(!help.output.contains("-h, --help"))
      let examples = help.output.split(separator: "\n", omittingEmptySubsequences: false)
        .drop { $0 != "Examples:" }.dropFirst().prefix { $0 != "" }
      #expect(
        !examples.isEmpty
          && examples.allSatisfy {
            $0.hasPrefix("  jffs2 ") || $0.hasPrefix("   ") || $0.hasPrefix("  sudo ")
              || $0.hasPrefix("  vi ")
          })
    }
    let unknown = try workspace.jffs2([command, "--frobnicate", "--help"])
    #expect(unknown.status == 64 && unknown.output == "")
  }
}

@Suite struct `A hint of jffs2` {
  private func sample() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("passwd", ino: 3, [1], parent: 2)
    builder.addFile("wifi.conf", ino: 4, [1], parent: 2)
    builder.addFile("old", ino: 5, [1])
    builder.addDirent(version: 50, ino: 0, name: "old")
    return builder
  }

  @Test(arguments: [
    ("etc/paswd", "did you mean etc/passwd?"), ("/etc/Passwd", "did you mean etc/passwd?"),
    ("ect/passwd", "did you mean etc/passwd?"), ("etc/wifi", "did you mean etc/wifi.conf?"),
    ("jffs2@0x0/etc", "did you mean etc? There is only one file system"),
    ("old", "it was deleted; jffs2 history shows its versions"),
  ])
  func `names the path that is probably meant`(path: String, hint: String) throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    for command in [
      ["ls", image, path], ["cat", image, path], ["extract", "-C", "out", image, path],
    ] {
      let result = try workspace.jffs2(command)
      #expect(result.status == 1)
      #expect(
        result.error == "jffs2: \(image): \(path): no such file in the image; \(hint)\n",
        "\(command)")
    }
  }

  @Test(arguments: [
    ("wifi.conf", "did you mean etc/wifi.conf?"), ("/wifi.conf", "did you mean etc/wifi.conf?"),
    ("*.conf", "did you mean etc/wifi.conf?"), ("[pw]*", "did you mean '**/[pw]*'?"),
  ])
  func `names a file of that name in another directory`(path: String, hint: String) throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    for command in [["ls", image, path], ["cat", image, path], ["history", image, path]] {
      let result = try workspace.jffs2(command)
      #expect(result.status == 1)
      #expect(result.error.hasSuffix("; \(hint)\n"), "\(result.error)")
    }
  }

  @Test func `names the option for a directory to extract to`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("extract", workspace.write(sample()), "out")
    #expect(result.error.hasSuffix("; -C DIR extracts to a directory\n"), "\(result.error)")
    #expect(result.status == 1)
  }

  @Test func `names a current or deleted path that is probably meant in a history`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    for (path, meant) in [("etc/paswd", "etc/passwd"), ("odl", "old")] {
      for command in [["history", image, path], ["cat", "--version", "1", image, path]] {
        let result = try workspace.jffs2(command)
        #expect(
          result.error == "jffs2: \(image): \(path): no such file in the image or in its history; "
            + "did you mean \(meant)?\n", "\(command)")
      }
    }
    let deleted = try workspace.jffs2("ls", "--deleted", image, "odl")
    #expect(deleted.error.hasSuffix("; did you mean old?\n"), "\(deleted.error)")
  }

  @Test(arguments: ["nothing/like/it", "*.ini", "etc/x"])
  func `is not given where nothing is near`(path: String) throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2("cat", image, path)
    #expect(result.error == "jffs2: \(image): \(path): no such file in the image\n")
    #expect(result.status == 1)
  }

  @Test func `names file systems and partitions of a dump`() throws {
    let workspace = try Workspace()
    let dump = try workspace.write(FlashDump.bytes(table: FlashDump.table), "dump")
    let names = try workspace.jffs2("ls", dump).output.split(separator: "\n").map(String.init)
    let file = try #require(
      try workspace.jffs2("ls", dump, names[0]).output.split(separator: "\n").first)
    let missing = try workspace.jffs2("cat", dump, String(file))
    #expect(missing.error.contains("did you mean \(names[0])/\(file)?"), "\(missing.error)")
    let unknown = try workspace.jffs2("ls", dump, "frobnicate")
    #expect(
      unknown.error.contains("paths begin with the name of a file system: "), "\(unknown.error)")
    let other = try workspace.jffs2("ls", dump, "kernel")
    #expect(other.error.contains("kernel is a partition of type "), "\(other.error)")
    let near = try workspace.jffs2("ls", "--partition", names[0] + "x", dump)
    #expect(near.status == 64)
    #expect(near.error.hasSuffix("; did you mean \(names[0])?\n"), "\(near.error)")
    for (wanted, meant) in [(names[0] + "x", names[0]), ("kernl", "kernel")] {
      let result = try workspace.jffs2("unwrap", "--partition", wanted, "-o", "out", dump)
      #expect(result.status == 64)
      #expect(result.error.hasSuffix("; did you mean \(meant)?\n"), "\(result.error)")
    }
    let foreign = try workspace.jffs2("ls", "--partition", "kernel", dump)
    #expect(foreign.error.contains("no JFFS2 partition kernel; there are: "), "\(foreign.error)")
  }
}
