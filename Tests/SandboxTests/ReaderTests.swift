import Glibc
import Sandbox
import TestSupport
import Testing

/// The rights that `jffs2 diff` keeps with a directory as an input.
@Suite(.enabled(if: SandboxPolicy.isSupported, "built with a sanitizer or for coverage"))
struct `A process that reads one directory` {
  private static let users = geteuid() == 0 ? [false, true] : [true]

  /// The directory `kept` with a file, a directory and links that lead out of it, and another one beside it. All must stay as they are.
  private func withDirectories(
    _ isOrdinary: Bool, _ body: (_ kept: String, _ outside: String) throws -> Void
  ) throws {
    let setUp = """
      mkdir -p kept/directory outside && echo kept | tee kept/file kept/mine >kept/directory/file &&
      echo outside >outside/file && ln -s ../outside kept/up && chmod 755 . kept
      """
    try withScratchDirectory(setUp, isOrdinary: isOrdinary) { top in
      let list = ["sh", "-c", "find . -printf '%p %M %u %g %s %T@\\n' | sort; cat */file"]
      let before = try ChildProcess(list, in: top).wait().output
      try body(top + "/kept", top + "/outside")
      #expect(try ChildProcess(list, in: top).wait().output == before)
    }
  }

  @Test(arguments: users)
  func `can open directories below it`(isOrdinary: Bool) throws {
    try withDirectories(isOrdinary) { kept, _ throws in
      let outcome = try Outcome(
        "reading:" + kept, "open folder", "directory", isOrdinary: isOrdinary)
      #expect(outcome == .success)
    }
  }

  @Test(arguments: users)
  func `reaches nothing beside it`(isOrdinary: Bool) throws {
    try withDirectories(isOrdinary) { kept, outside throws in
      for (name, path) in [
        ("open", "../outside/file"), ("open", "up/file"), ("open", outside + "/file"),
        ("open", "/etc/passwd"), ("open folder", "../outside"), ("open folder", ".."),
        ("open path", "../outside/file"),
      ] {
        let outcome = try Outcome("reading:" + kept, name, path, isOrdinary: isOrdinary)
        #expect(!outcome.isSuccess, "\(name) \(path)")
      }
    }
  }

  @Test(arguments: users)
  func `changes nothing in it`(isOrdinary: Bool) throws {
    try withDirectories(isOrdinary) { kept, _ throws in
      for (name, path) in [
        ("write file", "file"), ("truncate", "file"), ("create", "new"), ("fill", "new"),
        ("mkdir", "new"), ("unlink", "file"), ("rmdir", "directory"), ("symlink", "new"),
        ("fifo", "new"), ("link there", "new"), ("link here", "file"), ("rename here", "file"),
        ("chmod", "file"), ("chown", "file"), ("times", "file"), ("xattr", "file"),
        ("change target", ""), ("socket", ""), ("exec", ""), ("fork", ""),
      ] {
        let outcome = try Outcome("reading:" + kept, name, path, isOrdinary: isOrdinary)
        #expect(!outcome.isSuccess, "\(name) \(path)")
      }
    }
  }
}
