import Sandbox
import TestSupport
import Testing

/// What is read is hostile: the process has given its rights up before it looks.
@Suite(.enabled(if: Confinement.isPossible, "a sanitizer's program cannot be confined"))
struct `Confinement of jffs2` {
  private func image() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addFile("big", ino: 2, [UInt8](repeating: 1, count: 1 << 20))
    return builder
  }

  /// Commands that wait for their reader in the middle of the work.
  @Test(arguments: ["cat image big", "export -o - image", "unwrap -o - image"])
  func `is in force while a command works`(command: String) throws {
    let workspace = try Workspace()
    _ = try workspace.write(image())
    let result = try ChildProcess(
      [
        "sh", "-c",
        """
        mkfifo fifo
        "$0" \(command) >fifo &
        exec 3<fifo
        head -c 1 <&3 >/dev/null
        grep -E '^(Seccomp|NoNewPrivs):' /proc/$!/status
        cat <&3 >/dev/null
        wait $!
        """, Workspace.program(),
      ], in: workspace.folder.path
    ).wait()
    #expect(result.output == "NoNewPrivs:\t1\nSeccomp:\t2\n", "\(result.error)")
    #expect(result.status == 0)
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
}
