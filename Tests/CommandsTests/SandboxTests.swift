import Glibc
import Sandbox
import TestSupport
import Testing

/// Hostile input: the process has dropped its rights before it reads the firmware.
@Suite(.enabled(if: SandboxPolicy.isSupported, "a sanitizer's program cannot be confined"))
struct `Confinement of jffs2` {
  private func image() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addFile("big", ino: 2, [UInt8](repeating: 1, count: 1 << 20))
    return builder
  }

  /// The kernel's view of a confined process.
  private static func rights(_ capabilities: UInt64 = 0) -> String {
    let digits = String(geteuid() == 0 ? capabilities : 0, radix: 16)
    let mask = String(repeating: "0", count: 16 - digits.count) + digits
    let none = String(repeating: "0", count: 16)
    return "CapPrm:\t\(mask)\nCapEff:\t\(mask)\nCapAmb:\t\(none)\nNoNewPrivs:\t1\nSeccomp:\t2\n"
  }

  /// The capabilities that root needs to set owners and all attributes: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SYS_ADMIN, SETFCAP.
  private static let forOwners: UInt64 = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 21 | 1 << 31
  private static let forFiles: UInt64 = 1 << 1 | 1 << 3
  private static let forDevices: UInt64 = 1 << 27

  /// Commands that wait for their reader in the middle of the work.
  @Test(arguments: ["cat image big", "export -o - image", "unwrap -o - image"])
  func `is in force while a command works`(command: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(image())
    let result = try rights(whileReading: "\"$0\" \(command) >fifo &", of: "$!", in: workspace)
    #expect(result.output == Self.rights(), "\(result.error)")
    #expect(result.status == 0)
  }

  /// The process that was started makes files and never looks; the one that looks is its child.
  @Test(arguments: ["export --format tar -o fifo image", "unwrap -o fifo image"])
  func `is in force in the process that reads for a command that makes a file`(
    command: String
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write(image())
    let rights = try rights(
      whileReading: "\"$0\" \(command) &", of: Self.child,
      in: workspace)
    #expect(rights.output == Self.rights(), "\(rights.error)")
    #expect(rights.status == 0)
  }

  @Test(
    arguments: [
      ("", forOwners), ("--no-same-owner", forFiles),
      ("--devices", forOwners | forDevices),
    ].filter { $0.0 != "--devices" || geteuid() == 0 } as [(String, UInt64)])
  func `is in force while files are extracted`(option: String, capabilities: UInt64) throws {
    let workspace = try Workspace()
    _ = try workspace.write(manyFiles())
    let rights = try rights(
      whileReading: "\"$0\" extract -v \(option) -C out image >fifo &",
      of: Self.child, in: workspace)
    #expect(rights.output == Self.rights(capabilities), "\(rights.error)")
    #expect(rights.status == 0)
  }

  private static let child = "$(tr -d ' ' </proc/$!/task/$!/children)"

  /// The reading process has no access to inherited resources, and its file size is limited.
  @Test(
    .enabled(if: geteuid() == 0, "only root may inspect a process that cannot be debugged"),
    arguments: [
      ("cat image big 2>/dev/null >fifo", "$!", "1048576"),
      ("export --format tar -o fifo image >/dev/null 2>&1", child, "1048576"),
      ("extract -v -C out image 2>/dev/null >fifo", child, "4294967296"),
      // A log may be longer than that already.
      ("cat image big 2>>log >fifo", "$!", "unlimited"),
    ])
  func `has nothing open but what it needs`(
    command: String, process: String, fileSize: String
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write(manyFiles())
    _ = try workspace.write([1, 2, 3], "secret")
    let command = command.replacing("image", with: "--max-unpacked 1M image")
    let result = try look(
      """
      readlink -m /proc/\(process)/fd/* | sort -u | sed "s,^$PWD/,,"
      sed -n 's/^Max file size *\\([^ ]*\\).*/\\1/p' /proc/\(process)/limits
      """, whileReading: "\"$0\" \(command) <secret 7<secret &", in: workspace)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.last == fileSize, "\(result.error)")
    #expect(lines.contains("/dev/null") && lines.contains("image") && lines.contains("fifo"))
    #expect(!lines.contains("secret"))
  }

  private func manyFiles() -> ImageBuilder {
    var builder = image()
    for number in 0..<1000 {
      let name = "\(number)" + String(repeating: "n", count: 200)
      builder.addFile(name, ino: UInt32(number + 3), [1])
    }
    return builder
  }

  /// As older kernels answer, and containers.
  @Test(
    .enabled(if: geteuid() == 0, "only root can take these calls away"),
    arguments: [ENOSYS, EPERM],
    ["ls image", "extract -C out image", "export -o a.tar image", "unwrap -o a image"])
  func `is not needed`(error: Int32, command: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(image())
    let fixture = try ChildProcess.builtProgram("sandbox-fixture")
    let result = try ChildProcess(
      [fixture, "without", "\(error)", Workspace.program()]
        + command.split(separator: " ").map(String.init), in: workspace.folder.path
    ).wait()
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error == "")
  }

  /// Starts a command that fills `fifo`, and examines a process once something was read from there.
  private func rights(
    whileReading command: String, of process: String, in workspace: Workspace
  ) throws -> ChildProcess.Result {
    try look(
      "grep -E '^(Cap(Prm|Eff|Amb)|Seccomp|NoNewPrivs):' /proc/\(process)/status",
      whileReading: command, in: workspace)
  }

  private func look(
    _ lines: String, whileReading command: String, in workspace: Workspace
  ) throws -> ChildProcess.Result {
    try ChildProcess(
      [
        "sh", "-c",
        """
        mkfifo fifo
        \(command)
        exec 3<fifo
        head -c 1 <&3 >/dev/null
        \(lines)
        cat <&3 >/dev/null
        wait $!
        """, Workspace.program(),
      ], in: workspace.folder.path
    ).wait()
  }

  /// More files than descriptors, and enough bytes that several threads are at work for a while.
  @Test(arguments: ["extract -q -C out image", "export -o out.tar image", "verify image"])
  func `leaves what work on many files needs`(command: String) throws {
    let workspace = try Workspace()
    var image = ImageBuilder()
    for number in 0..<1000 {
      image.addFile(
        "file\(number)", ino: UInt32(number + 2), [UInt8](repeating: 1, count: 64 << 10))
    }
    _ = try workspace.write(image)
    let result = try workspace.jffs2(command.split(separator: " ").map(String.init))
    #expect(result.status == 0, "\(result.error)")
    if command.hasPrefix("extract") {
      let count = try ChildProcess(
        ["sh", "-c", "find out -type f -size 64k | wc -l"], in: workspace.folder.path
      ).wait()
      #expect(count.output == "1000\n")
    }
  }

  /// As in containers with few capabilities.
  @Test(
    .enabled(if: geteuid() == 0, "only root has the capability"),
    arguments: [[], ["--devices"], ["--no-same-owner"]])
  func `extract needs no CAP_SYS_CHROOT`(options: [String]) throws {
    let workspace = try Workspace()
    _ = try workspace.write(manyFiles())
    let result = try ChildProcess(
      [
        "setpriv", "--bounding-set=-sys_chroot", "--inh-caps=-sys_chroot", "--",
        Workspace.program(), "extract", "-q", "-C", "out",
      ] + options + ["image"], in: workspace.folder.path
    ).wait()
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    let other = try workspace.jffs2(["extract", "-q", "-C", "usual"] + options + ["image"])
    #expect(other.status == 0)
    let comparison = try ChildProcess(
      ["sh", "-c", "cd out && find . | wc -l && diff -r . ../usual"], in: workspace.folder.path
    ).wait()
    #expect(comparison.status == 0 && comparison.output == "1002\n", "\(comparison.output)")
  }
}
