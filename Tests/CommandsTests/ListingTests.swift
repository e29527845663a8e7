import Foundation
import JFFS2
import TestSupport
import Testing

@testable import Commands

@Suite struct `jffs2 ls` {
  private func sample() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("passwd", ino: 3, Array("root\n".utf8), parent: 2, mode: 0o640, uid: 7, gid: 8)
    builder.addLink("link", ino: 4, to: "etc")
    builder.addFile(".hidden", ino: 5, [1])
    builder.addDirent(version: 9, ino: 6, name: "tty", type: 2)
    builder.addInode(6, version: 1, mode: 0o020620, payload: [64, 4])
    return builder
  }

  private static let rows: [([String], String)] = [
    ([], ".hidden\netc\nlink\ntty\n"), (["-a"], ".hidden\netc\nlink\ntty\n"),
    (["-F"], ".hidden\netc/\nlink@\ntty\n"), (["-F", "etc/passwd"], "etc/passwd\n"),
    (["-A"], ".hidden\netc\nlink\ntty\n"),
    (["/etc"], "passwd\n"), (["link"], "passwd\n"),
    (["etc/passwd"], "etc/passwd\n"), (["/etc", "tty"], "tty\n\n/etc:\npasswd\n"),
    (["tty", "etc/passwd"], "etc/passwd\ntty\n"), (["-1"], ".hidden\netc\nlink\ntty\n"),
    (["-r"], "tty\nlink\netc\n.hidden\n"), (["-d"], "/\n"),
    (["-d", "/etc", "link"], "/etc\nlink\n"),
    (["-i"], "5 .hidden\n2 etc\n4 link\n6 tty\n"), (["-dR", "etc"], "etc\n"),
    (["-R"], "/:\n.hidden\netc\nlink\ntty\n\n/etc:\npasswd\n"),
    (["-R", "etc"], "etc:\npasswd\n"), (["link/../tty"], "link/../tty\n"),
  ]

  @Test(arguments: rows)
  func `lists names`(arguments: [String], expected: String) throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2(["ls", image] + arguments)
    #expect(result.output == expected)
    #expect(result.error == "")
    #expect(result.status == 0)
  }

  @Test func `shows what ls -l shows`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2("ls", "-lR", image)
    #expect(
      result.output == """
        /:
        -rw-r--r--   1     0     0          1 1970-01-01 00:00 .hidden
        drwxr-xr-x   2     0     0          0 1970-01-01 00:00 etc
        lrwxrwxrwx   1     0     0          3 1970-01-01 00:00 link -> etc
        crw--w----   1     0     0      4, 64 1970-01-01 00:00 tty

        /etc:
        -rw-r-----   1     7     8          5 1970-01-01 00:00 passwd

        """)
    #expect(result.status == 0)
  }

  private func dated() -> ImageBuilder {
    var builder = ImageBuilder()
    for (number, (name, size, time)) in [
      ("a", 10, 30), ("b", 1500, 10), ("c", 14_300, 30), ("d", 0, 20),
    ]
    .enumerated() {
      let ino = UInt32(number + 2)
      builder.addDirent(version: ino, ino: ino, name: name)
      builder.addInode(
        ino, version: 1, times: (0, UInt32(time), 0),
        payload: [UInt8](repeating: 1, count: min(size, 4096)))
    }
    return builder
  }

  @Test(arguments: [
    ("-t", "a c d b"), ("-tr", "b d c a"), ("-S", "c b a d"), ("-Sr", "d a b c"), ("-r", "d c b a"),
  ])
  func `sorts by time or size`(options: String, names: String) throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", options, workspace.write(dated()))
    #expect(result.output.split(separator: "\n").joined(separator: " ") == names)
    #expect(result.status == 0)
  }

  @Test func `sizes have units with -h, rounded up`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", "-lh", workspace.write(dated()))
    let sizes = result.output.split(separator: "\n").map { $0.split(separator: " ")[4] }
    #expect(sizes == ["10", "1.5K", "4.0K", "0"])
    #expect(result.output.hasPrefix("-rw-r--r--   1     0     0    10 "))
  }

  @Test(arguments: [
    (0, "0"), (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (10_240, "10K"), (10_241, "11K"),
    (1_048_575, "1.0M"), (1_048_576, "1.0M"), (5_000_000_000, "4.7G"),
  ])
  func `human sizes are those of ls -h`(count: UInt64, text: String) throws {
    #expect(NumberFormat.human(count) == text)
  }

  @Test func `colors are those of ls, and damage is red`() throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addFile("run", ino: 30, [1], mode: 0o755)
    builder.addDirent(version: 40, ino: 40, name: "lost")
    builder.addInode(40, version: 1, payload: [1, 2, 3], flaws: [.dataCRC])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2(
      ["ls", "--color", "always", image], environment: ["LS_COLORS": ""])
    for text in [
      "\u{1B}[01;34metc\u{1B}[0m\n", "\u{1B}[01;36mlink\u{1B}[0m\n", "\u{1B}[01;33mtty\u{1B}[0m\n",
      "\u{1B}[01;32mrun\u{1B}[0m\n", "\u{1B}[1;31mlost\u{1B}[0m\n",
    ] { #expect(result.output.contains(text), "\(result.output.debugDescription)") }
    #expect(result.output.hasPrefix(".hidden\n"))
    #expect(try !workspace.jffs2("ls", image).output.contains("\u{1B}"))
    #expect(
      try workspace.jffs2(["ls", "--color", image], environment: ["LS_COLORS": ""]).output
        == result.output)
    let terminal = { (environment: String) in
      try ChildProcess(
        [
          "script", "-qec",
          "env -u NO_COLOR -u LS_COLORS \(environment) TERM=xterm '\(Workspace.program())' ls image",
          "/dev/null",
        ],
        in: workspace.folder.path
      ).wait().output
    }
    #expect(try terminal("").contains("\u{1B}[01;34metc"))
    #expect(try !terminal("NO_COLOR=1").contains("\u{1B}"))
    #expect(try terminal("LS_COLORS=di=35").contains("\u{1B}[35metc"))
  }

  @Test(
    arguments: [
      ("d", 0o040755, "34"), ("d", 0o041777, "01;35"), ("d", 0o040777, "34;42"),
      ("d.tar", 0o040755, "34"), ("link.tar", 0o120777, "01;36"), ("fifo", 0o010644, "33"),
      ("plain", 0o100644, nil), ("x.tar", 0o100644, "31"), ("X.TAR", 0o100644, "31"),
      ("x.tar.gz", 0o100644, "32"), ("run.tar", 0o100755, "31"), ("setuid", 0o104755, "1;37"),
    ] as [(String, UInt16, String?)])
  func `colors are those of LS_COLORS`(name: String, mode: UInt16, color: String?) {
    let colors = FileColors(
      parsing:
        "rs=0:di=34:tw=01;35:ex=00:su=1;37:ln=target:or=40:bad:=:*=:*.tar=30:*.tar=31:*.gz=32"
        + ":*.gz=\\e[5m:fi=")
    let attributes = InodeAttributes(
      ino: 2, mode: mode, linkCount: 1, uid: 0, gid: 0, size: 0, accessTime: 0, modificationTime: 0,
      changeTime: 0, device: nil)
    #expect(colors.color(of: Array(name.utf8), attributes) == color)
  }

  @Test func `names are in columns on a terminal`() throws {
    let workspace = try Workspace()
    var builder = sample()
    for name in ["größe", "日本", "a-long-name"] {
      builder.addFile(name, ino: UInt32(20 + name.count), [1])
    }
    _ = try workspace.write(builder)
    let terminal = { (width: Int, options: String) in
      try ChildProcess(
        [
          "script", "-qec",
          "COLUMNS=\(width) NO_COLOR=1 '\(Workspace.program())' ls \(options) image", "/dev/null",
        ], in: workspace.folder.path
      ).wait().output.replacingOccurrences(of: "\r", with: "")
    }
    let line = ".hidden  a-long-name  etc  größe  link  tty  日本\n"
    #expect(try terminal(80, "") == line)
    #expect(try terminal(49, "") == line)
    #expect(
      try terminal(44, "") == """
        .hidden      etc    link  日本
        a-long-name  größe  tty

        """)
    #expect(try terminal(20, "").split(separator: "\n").count == 4)
    #expect(
      try terminal(40, "-i") == """
         5 .hidden      25 größe  22 日本
        31 a-long-name   4 link
         2 etc           6 tty

        """)
    #expect(try terminal(80, "-1").split(separator: "\n").count == 7)
    #expect(try terminal(80, "-l").split(separator: "\n").count == 7)
    #expect(try workspace.jffs2("ls", "image").output.split(separator: "\n").count == 7)
  }

  @Test func `columns fit the line in the fewest rows`() {
    #expect(ColumnLayout([], lineWidth: 80).rowCount == 0)
    #expect(ColumnLayout([200], lineWidth: 80).rowCount == 1)
    #expect(ColumnLayout([200, 1], lineWidth: 80).rowCount == 2)
    #expect(
      ColumnLayout([1, 1, 1, 1], lineWidth: 10) == ColumnLayout([1, 1, 1, 1], lineWidth: 11))
    #expect(ColumnLayout([1, 1, 1, 1], lineWidth: 10).rowCount == 1)
    #expect(ColumnLayout([1, 1, 1, 1], lineWidth: 9).rowCount == 2)
    for count in 1...60 {
      let names = (0..<count).map { 1 + $0 * 7 % 13 }
      let layout = ColumnLayout(names, lineWidth: 40)
      #expect(layout.widths.reduce(-2, +) <= 40)
      #expect(layout.rowCount * layout.widths.count >= count)
    }
  }

  @Test(arguments: [
    ("/none", "no such file in the image"), ("/tty/x", "not a directory"),
    ("etc/passwd/", "not a directory"), ("/loop/x", "too many levels of symbolic links"),
  ])
  func `tells why a path leads nowhere`(path: String, reason: String) throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addLink("loop", ino: 10, to: "loop")
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("ls", image, path)
    #expect(result.error == "jffs2: \(image): \(path): \(reason)\n")
    #expect(result.output == "")
    #expect(result.status == 1)
  }

  @Test func `a link that leads nowhere is listed by its name`() throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addLink("loop", ino: 10, to: "loop")
    builder.addLink("out", ino: 11, to: "/tmp/out")
    _ = try workspace.write(builder)
    let result = try workspace.jffs2("ls", "image", "loop", "out", "*o*")
    #expect(result.output.hasPrefix("loop\nloop\nout\nout\n"), "\(result.output)")
    #expect(result.error == "" && result.status == 0)
  }

  @Test func `a damaged inode is in the listing and gives status 1`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "lost")
    builder.addInode(2, version: 1, payload: [1, 2, 3], flaws: [.dataCRC])
    builder.addFile("kept", ino: 3, [1])
    let image = try workspace.write(builder)
    let long = try workspace.jffs2("ls", "-l", image)
    #expect(long.output.contains("?????????? ") && long.output.contains(" kept\n"))
    #expect(long.status == 1)
    // Names alone need no inode.
    let names = try workspace.jffs2("ls", image)
    #expect(names.output == "kept\nlost\n")
    #expect(names.status == 0)
    let json = try workspace.jffs2("ls", "--json", image)
    try Schema.expect(json.output, fits: "ls")
    #expect(json.output.contains(#"{"path":"./lost","stat_errno":5}"#))
    #expect(json.status == 1)
  }

  @Test func `JSON fits its schema and contains bytes that are not UTF-8`() throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addDirent(version: 20, ino: 20, name: [0x6C, 0xE9])
    builder.addInode(20, version: 1, payload: [1])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("ls", "-R", "--json", image)
    try Schema.expect(result.output, fits: "ls")
    #expect(result.output.contains(#""path_hex":"2e2f6ce9""#))
    #expect(result.output.contains(#""rdev":"4:64""#))
    #expect(result.output.contains(#""target":"etc""#))
    #expect(result.output.hasPrefix("[\n{") && result.output.hasSuffix("}\n]\n"))
    let one = try workspace.jffs2("ls", "--json", image, "/etc/passwd")
    try Schema.expect(one.output, fits: "ls")
    #expect(one.output.contains(#""path":"./etc/passwd""#))
  }

  @Test(arguments: [
    ("/../etc", ["./etc", "./etc/passwd"]), ("link/../tty", ["./tty"]),
    ("link/", ["./etc", "./etc/passwd"]),
    ("link/passwd", ["./etc/passwd"]), ("./etc/./passwd", ["./etc/passwd"]), ("link", ["./link"]),
    ("etc/..", [".", "./.hidden", "./etc", "./link", "./tty"]),
  ])
  func `paths in JSON start at the root, regardless of the arguments`(
    path: String, expected: [String]
  ) throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", "--json", try workspace.write(sample()), path)
    let entries = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    #expect((entries as? [[String: Any]])?.compactMap { $0["path"] as? String } == expected)
  }

  @Test func `several file systems are directories`() throws {
    let workspace = try Workspace()
    var dump = sample().bytes
    dump += [UInt8](repeating: 0xFF, count: 0x20000 - dump.count)
    let image = try workspace.write(
      dump + [UInt8](repeating: 0x55, count: 0x20000) + sample().bytes)
    let names = try workspace.jffs2("ls", image)
    #expect(names.output == "jffs2@0x0\njffs2@0x40000\n")
    #expect(try workspace.jffs2("ls", image, "/jffs2@0x40000/link").output == "passwd\n")
    let json = try workspace.jffs2("ls", "--json", image, "jffs2@0x40000/link/passwd")
    #expect(json.output.contains(#""path":"./jffs2@0x40000/etc/passwd""#))
    #expect(
      try workspace.jffs2("ls", "--partition", "1", image).output == ".hidden\netc\nlink\ntty\n")
    let wrong = try workspace.jffs2("ls", "--partition", "x", image)
    #expect(wrong.error.contains("no JFFS2 partition x; there are: 0 jffs2@0x0 at 0x0, 1 "))
    #expect(wrong.status == 64)
  }

  private static let statuses: [([String], Int32)] = [
    (["ls"], 64), (["ls", "--offset", "x", "image"], 64),
    (["ls", "--erase-size", "1", "image"], 64),
    (["ls", "missing"], 2), (["ls", "/dev/null"], 2), (["ls", "--mtdparts", "f:1", "image"], 64),
    (["ls", "--mtdparts", "@missing", "image"], 2), (["ls", "--mtdparts", "@image", "image"], 64),
    (["nothing", "image"], 64), (["--version"], 0), (["ls", "--help"], 0),
  ]

  @Test(arguments: statuses)
  func `the exit code says what was wrong`(arguments: [String], status: Int32) throws {
    let workspace = try Workspace()
    _ = try workspace.write(sample())
    #expect(try workspace.jffs2(arguments).status == status)
  }

  @Test func `files other than firmware are reported with a fix`() throws {
    let workspace = try Workspace()
    #expect(
      try workspace.jffs2("ls", "/tmp").error
        == "jffs2: /tmp: is a directory; give the firmware file\n")
    let device = try workspace.jffs2("ls", "/dev/null").error
    #expect(device.contains("not a file, a pipe, a block device or an MTD device"))
  }

  @Test func `a table may begin with a hyphen`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", "--mtdparts", "-(all)", workspace.write(sample()))
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
  }

  @Test(arguments: ["ls image", "--help", "ls --help", "--version"])
  func `a full disk is reported`(arguments: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(sample())
    let result = try ChildProcess(
      ["sh", "-c", "exec \"$0\" \(arguments) >/dev/full", Workspace.program()],
      in: workspace.folder.path
    ).wait()
    #expect(result.error == "jffs2: standard output: No space left on device\n")
    #expect(result.status == 2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `thousands of attributes of one file are listed in time`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("f", ino: 2, [1])
    for xid in 1...6000 as ClosedRange<UInt32> {
      builder.addXattr(xid: xid, version: 1, name: "a\(xid)", value: [1, 2])
      builder.addXref(ino: 2, xid: xid, sequence: 2)
    }
    let result = try workspace.jffs2("ls", "--json", try workspace.write(builder))
    #expect(result.status == 0)
    #expect(result.output.contains(#""user.a6000":"0102""#))
  }
}
