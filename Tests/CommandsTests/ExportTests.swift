import Foundation
import TestSupport
import Testing

@Suite struct `jffs2 export` {
  /// A bit of all that formats treat in different ways.
  private var builder: ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("passwd", ino: 3, Array("root\n".utf8), parent: 2, uid: 7, gid: 65535)
    builder.addDirent(version: 9, ino: 3, name: "again")
    builder.addLink("link", ino: 4, to: "etc/passwd")
    builder.addDirent(version: 5, ino: 5, name: [0xE9, 0x74], type: 8)
    builder.addInode(5, version: 1, mode: 0o104755, times: (1, 1_421_798_400, 3))
    builder.addXattr(xid: 1, version: 1, name: "a=b%", value: [0, 0xFF])
    builder.addXref(ino: 5, xid: 1, sequence: 2)
    return builder
  }

  private func shell(_ workspace: Workspace, _ command: String) throws -> ChildProcess.Result {
    try ChildProcess(
      ["sh", "-c", command], in: workspace.folder.path,
      environment: ["J": Workspace.program(), "LC_ALL": "C.UTF-8"]
    ).wait(seconds: 60)
  }

  /// The names in the test's directory, dots included.
  private func names(_ workspace: Workspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path).sorted()
  }

  @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "cpio", "zip", "mtree"])
  func `the same firmware gives the same bytes`(suffix: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      """
      $J export -q -o a.\(suffix) image && sleep 1.1 &&
      TZ=Asia/Tokyo LC_ALL=C $J export -q -o b.\(suffix) image && cmp a.\(suffix) b.\(suffix)
      """)
    #expect(result.status == 0, "\(result.error)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can run a program as another user"))
  func `an ordinary user's archive is root's`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      "$J export -o a.tar image && cp $J j && chmod 755 . && "
        + "setpriv --reuid 65534 --regid 65534 --clear-groups ./j export -o - image | cmp - a.tar")
    #expect(result.status == 0, "\(result.error)")
  }

  @Test(arguments: [
    ("a.tar", 257, "   u   s   t   a   r"), ("a.TAR.GZ", 0, " 037 213"), ("a.tgz", 0, " 037 213"),
    ("a.txz", 1, "   7   z   X   Z"), ("a.tzst", 0, "   ( 265   / 375"),
    ("a.cpio", 0, "   0   7   0   7   0   1"), ("a.zip", 0, "   P   K 003"),
  ])
  func `the name selects the format`(name: String, offset: Int, magic: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      "$J export -q -o \(name) image; bsdtar -tf \(name); od -An -c -j \(offset) -N 8 \(name)")
    #expect(result.output.contains("etc/passwd\n"), "\(result.error)")
    #expect(result.output.split(separator: "\n").last?.hasPrefix(magic) == true)
  }

  @Test func `a tar keeps owners, times, links and attributes`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let script = """
      import sys, tarfile
      for m in tarfile.open(fileobj=sys.stdin.buffer, mode="r|", errors="surrogateescape"):
          x = {k: v for k, v in m.pax_headers.items() if k in ("atime", "ctime") or "xattr" in k}
          print(ascii((m.name, oct(m.mode), m.uid, m.gid, m.mtime, m.type, m.linkname, m.size, x)))
      """
    _ = try workspace.write(Array(script.utf8), "list.py")
    let result = try shell(workspace, "$J export -o - image | /usr/bin/python3 list.py")
    #expect(
      result.output == """
        ('.', '0o755', 0, 0, 0, b'5', '', 0, {})
        ('again', '0o644', 7, 65535, 0, b'0', '', 5, {})
        ('etc', '0o755', 0, 0, 0, b'5', '', 0, {})
        ('etc/passwd', '0o644', 7, 65535, 0, b'1', 'again', 0, {})
        ('link', '0o777', 0, 0, 0, b'2', 'etc/passwd', 0, {})
        ('\\udce9t', '0o4755', 0, 0, 1421798400, b'0', '', 0, \
        {'ctime': '3', 'atime': '1', 'SCHILY.xattr.user.a%3Db%25': '\\x00\\udcff'})

        """)
  }

  @Test func `holes stay holes, and their ends are right`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "sparse")
    builder.addInode(2, version: 1, fileSize: 3 << 20, size: 3 << 20, compression: .zero)
    builder.addInode(
      2, version: 2, fileSize: 3 << 20, offset: 1_000_000, payload: Array("data".utf8))
    builder.addInode(2, version: 3, fileSize: 3 << 20, offset: (3 << 20) - 1, payload: [0x7A])
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      """
      $J export -o a.tar image && $J export -o b.cpio image && tar xf a.tar &&
      mkdir c && (cd c && cpio -id --quiet < ../b.cpio) && cmp sparse c/sparse &&
      stat -c %s sparse && od -An -c -j 1000000 -N 4 sparse && tail -c 1 sparse &&
      test $(stat -c %s a.tar) -lt 40000 && test $(stat -c %b sparse) -lt 100
      """)
    #expect(result.output == "3145728\n   d   a   t   a\nz", "\(result.error)")
    #expect(result.status == 0)
  }

  @Test func `lost data is reported and zero, and the data around it is kept`() throws {
    var builder = ImageBuilder()
    builder.addFile(
      "file", ino: 2, (0..<12288).map { UInt8(0x61 + $0 / 4096) }, damaged: [1])
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try workspace.jffs2("export", "-o", "a.tar", "image")
    #expect(result.status == 1)
    #expect(
      result.error
        == "jffs2: image: file: lost, replaced with zeros: inode 2, bytes 4096 to 8192, node at "
        + "0x1070: wrong data CRC\n")
    let unpacked = try shell(
      workspace, "for i in a '\\0' c; do tar xOf a.tar file | tr -cd \"$i\" | wc -c; done")
    #expect(unpacked.output == "4096\n4096\n4096\n")
  }

  @Test func `data that a format cannot store is reported`() throws {
    var builder = builder
    builder.addDirent(version: 20, ino: 20, name: "socket", type: 12)
    builder.addInode(20, version: 1, mode: 0o140644)
    builder.addDirent(version: 21, ino: 21, name: "pipe", type: 1)
    builder.addInode(21, version: 1, mode: 0o010644)
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let attributes = "jffs2: image: extended attributes of 1 file left out: "
    let socket = "jffs2: image: socket: left out: "
    for (suffix, told) in [
      ("tar", socket + "tar cannot store a socket\n"),
      ("cpio", attributes + "cpio cannot store them; tar can\n"),
      (
        "zip",
        "jffs2: image: pipe: left out: zip cannot store a fifo\n" + socket
          + "zip cannot store a socket\n" + attributes + "zip cannot store them; tar can\n"
      ),
    ] {
      let result = try workspace.jffs2("export", "-o", "a.\(suffix)", "image")
      #expect(result.error == told)
      #expect(result.status == 0)
    }
  }

  @Test func `a loop ends and paths that no program can name are left out`() throws {
    var builder = ImageBuilder()
    let name = String(repeating: "d", count: 250)
    for ino in 2...UInt32(40) { builder.addDirectory(name, ino: ino, parent: ino - 1) }
    builder.addDirent(parent: 3, version: 50, ino: 2, name: "loop", type: 4)
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try workspace.jffs2("export", "-o", "a.tar", "image")
    #expect(result.status == 1)
    #expect(result.error.contains("loop: a directory that appears elsewhere\n"))
    #expect(result.error.contains("skipped with its contents: the path is too long\n"))
    #expect(try shell(workspace, "tar tf a.tar | wc -l").output == "17\n")
  }

  @Test(arguments: [
    (["-o", "a.rar"], "a.rar: unknown archive type; use .tar, .tar.gz, .tar.xz"),
    (["-o", "a"], "use --format"), ([], "missing expected argument '--output <file>'"),
    (["-o", "image", "--format", "tar"], "image: is the firmware; choose another name"),
  ])
  func `a wrong command line is reported`(arguments: [String], message: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try workspace.jffs2(["export", "image"] + arguments)
    #expect(result.status == 64)
    #expect(result.error.contains(message))
    #expect(try names(workspace) == ["image"])
  }

  /// ThreadSanitizer opens additional files, to which the limit applies, too.
  @Test(.enabled(if: getenv("TSAN_OPTIONS") == nil, "not under ThreadSanitizer"))
  func `an archive that cannot be written leaves the old file`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    _ = try workspace.write([1, 2], "a.tar")
    // The limit of 1 block simulates a full disk. In a run for coverage the program's profile would not fit either.
    let result = try shell(
      workspace,
      "trap '' XFSZ; ulimit -f 1; LLVM_PROFILE_FILE=/dev/null $J export -o a.tar image")
    #expect(result.status == 2)
    #expect(result.error == "jffs2: a.tar: File too large\n")
    #expect(try names(workspace) == ["a.tar", "image"])
    #expect(try Data(contentsOf: workspace.folder.appending(path: "a.tar")) == Data([1, 2]))
  }

  /// The resources for writing an archive are opened before the process is confined.
  @Test func `to standard output gives the same bytes, names beyond ASCII too`() throws {
    var builder = ImageBuilder()
    builder.addFile("Ärger", ino: 2, [1])
    builder.addDirent(version: 9, ino: 2, name: [0xFF, 0x41])
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace, "$J export -o a.tar image && $J export -o - image | cmp - a.tar && tar tf a.tar")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("rger\n"))
  }

  @Test func `a full disk is reported`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try workspace.jffs2("export", "-o", "/dev/full", "--format", "zip", "image")
    #expect(result.status == 2)
    #expect(result.error.hasSuffix("jffs2: /dev/full: No space left on device\n"))
    let missing = try workspace.jffs2("export", "-o", "no/a.tar", "image")
    #expect(missing.status == 2)
    #expect(missing.error == "jffs2: no/a.tar: No such file or directory\n")
  }

  @Test func `an interruption leaves nothing behind`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "large")
    builder.addInode(2, version: 1, fileSize: 4_000_000_000, offset: 3_999_999_999, payload: [1])
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let process = try ChildProcess(
      [try Workspace.program(), "export", "--max-unpacked", "8G", "-o", "a.zip", "image"],
      in: workspace.folder.path)
    // Its file has no name yet; that it catches SIGINT, SIGTERM and SIGHUP shows that it writes.
    var caught: UInt64 = 0
    for _ in 0..<2000 where caught & 0x4003 != 0x4003 {
      usleep(5000)
      let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      caught = line.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
    }
    try #require(caught & 0x4003 == 0x4003)
    process.signal(SIGINT)
    #expect(process.waitStatus(seconds: 20) == -SIGINT)
    #expect(try names(workspace) == ["image"])
  }

  @Test func `an old file is replaced with its permissions, through a link too`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      """
      touch old && chmod 640 old && ln -s old a.tar && $J export -o a.tar image &&
      test -L a.tar && stat -c %a old && tar tf old etc/passwd
      """)
    #expect(result.output == "640\netc/passwd\n", "\(result.error)")
    #expect(try names(workspace) == ["a.tar", "image", "old"])
  }

  @Test func `a fifo is written as it is`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    let result = try shell(
      workspace,
      "mkfifo a.tar && (cat a.tar | tar t) & $J export -o $PWD/a.tar image; wait; test -p a.tar")
    #expect(result.output.contains("etc/passwd\n"))
    #expect(result.status == 0)
  }
}
