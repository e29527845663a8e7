import Foundation
import Glibc
import Sandbox
import TestSupport
import Testing

/// The remaining rights of a process that creates files, if it is compromised: none of the program's own checks is
/// in these attempts.
@Suite(.enabled(if: SandboxPolicy.isSupported, "built with a sanitizer or for coverage"))
struct `A process that creates files in one directory` {
  private static let users = geteuid() == 0 ? [false, true] : [true]

  /// The directory `kept`, with a link that leads out of it and a file `mine`, beside a canary that must stay as it is.
  private func withFolders(
    _ isOrdinary: Bool, _ body: (_ kept: String, _ outside: String) throws -> Void
  ) throws {
    let setUp = """
      mkdir kept canary kept/folder && echo alive | tee canary/file kept/mine >kept/spare &&
      ln -s ../canary kept/up && chmod 755 . && touch -d @1000000 canary/file canary
      """
    try withScratchDirectory(setUp, isOrdinary: isOrdinary) { directory in
      let before = try state(of: directory)
      try body(directory + "/kept", directory + "/canary")
      #expect(try state(of: directory) == before)
    }
  }

  /// All that is beside the directory, with its attributes.
  private func state(of folder: String) throws -> String {
    let list = "stat -c '%n %f %u %g %s %Y %h' . canary canary/*; cat canary/*; ls -a canary"
    return try ChildProcess(["sh", "-c", list], in: folder).wait().output
  }

  @Test(arguments: users)
  func `can make and fill what is new, and take names away`(isOrdinary: Bool) throws {
    try withFolders(isOrdinary) { kept, _ throws in
      for (name, path) in [
        ("fill", "new"), ("fill", "folder/new"), ("mkdir", "made"), ("symlink", "symlink"),
        ("fifo", "fifo"), ("times", "symlink"), ("link there", "folder/again"),
        ("link here", "folder/again"), ("open folder", "folder"), ("unlink", "spare"),
      ] {
        #expect(try Outcome(kept, name, path, isOrdinary: isOrdinary) == .success, "\(name)")
      }
      var status = stat()
      #expect(lstat(kept + "/fifo", &status) == 0)
    }
  }

  @Test(arguments: users)
  func `can open no file that was there before, and make no device`(isOrdinary: Bool) throws {
    try withFolders(isOrdinary) { kept, _ throws in
      for name in ["open", "write file", "truncate", "open path", "rename here", "chmod"] {
        let outcome = try Outcome(kept, name, "mine", isOrdinary: isOrdinary)
        #expect(outcome == .refused(EPERM), "\(name)")
      }
      #expect(try !Outcome(kept, "device", "device", isOrdinary: isOrdinary).isSuccess)
      #expect(try !Outcome(kept, "rmdir", "folder", isOrdinary: isOrdinary).isSuccess)
      #expect(try Outcome(kept, "exec", isOrdinary: isOrdinary) == .killed)
      #expect(try Outcome(kept, "socket", isOrdinary: isOrdinary) == .refused(EPERM))
    }
  }

  /// The firmware, the file that takes what is unpacked, and the standard streams are none that it made.
  private static let changes = [
    "chmod open", "chown open", "times open", "xattr open", "chmod input", "times open by no name",
    "chown open by no name", "link open", "dup", "dup2", "dup3", "F_DUPFD", "F_DUPFD_CLOEXEC",
  ]

  @Test(arguments: users, changes)
  func `sets no attributes of what is open already`(isOrdinary: Bool, name: String) throws {
    try withFolders(isOrdinary) { kept, _ throws in
      #expect(try Outcome(kept, name, "new", isOrdinary: isOrdinary) == .refused(EPERM))
    }
  }

  /// Else a refusal above would say nothing. The link takes a right that root has; not all file systems have attributes.
  @Test(arguments: changes.filter { !["link open", "xattr open", "chmod input"].contains($0) })
  func `could set them before`(name: String) throws {
    #expect(try Outcome("free", name) == .success)
  }

  @Test(arguments: users, ["change new", "change gap", "change target"])
  func `sets the attributes of created files, with any descriptor number, and of the directory`(
    isOrdinary: Bool, name: String
  ) throws {
    try withFolders(isOrdinary) { kept, _ throws in
      #expect(try Outcome(kept, name, "new", isOrdinary: isOrdinary) == .success)
    }
  }

  /// The ways that an image's names and links could point out of the directory.
  @Test(arguments: users)
  func `reaches nothing outside`(isOrdinary: Bool) throws {
    try withFolders(isOrdinary) { kept, outside throws in
      for way in ["../canary", "up", "folder/../../canary", outside] {
        var attempts = [
          ("create", "new"), ("fill", "new"), ("mkdir", "new"), ("symlink", "new"),
          ("fifo", "new"), ("link there", "new"), ("link here", "file"), ("rename here", "file"),
          ("rename there", "new"), ("unlink", "file"), ("open", "file"), ("write file", "file"),
          ("truncate", "file"), ("open folder", "."), ("open path", "file"), ("chmod", "file"),
          ("chown", "file"), ("xattr", "file"),
        ]
        // The one thing that neither Landlock nor a list of calls can refuse an ordinary user.
        if !isOrdinary { attempts.append(("times", "file")) }
        for (name, file) in attempts {
          let outcome = try Outcome(kept, name, way + "/" + file, isOrdinary: isOrdinary)
          #expect(!outcome.isSuccess, "\(name) \(way)")
        }
      }
    }
  }

  /// Else a refusal above would say nothing.
  @Test(arguments: [
    ("fill", "new"), ("mkdir", "new"), ("symlink", "new"), ("fifo", "new"), ("unlink", "file"),
    ("open", "file"), ("write file", "file"), ("truncate", "file"), ("open folder", "."),
    ("open path", "file"), ("chmod", "file"), ("times", "file"), ("rmdir", "folder"),
  ])
  func `could do each of that before`(name: String, file: String) throws {
    var template = Array("/tmp/sandbox-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { _ = try? ChildProcess(["rm", "-r", "--", folder]).wait() }
    #expect(
      try ChildProcess(["sh", "-c", "mkdir folder; touch file"], in: folder).wait().status == 0)
    #expect(try Outcome("free", name, folder + "/" + file) == .success)
  }
}
