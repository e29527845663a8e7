import Foundation
import Glibc
import TestSupport
import Testing

/// Who runs the program in a test.
enum User: String, CaseIterable, CustomTestStringConvertible {
  case current, nobody

  /// The users this run can be: an ordinary one as well where the tests run as root.
  static var available: [User] { geteuid() == 0 ? [.current, .nobody] : [.current] }

  var id: uid_t { self == .nobody ? 65534 : geteuid() }

  /// Without a process between the test and the program, so that signals go to the program.
  func command(_ command: [String]) -> [String] {
    guard self == .nobody else { return command }
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] + command
  }

  var testDescription: String { self == .current && geteuid() == 0 ? "root" : rawValue }
}

extension Trait where Self == ConditionTrait {
  static var needsFUSE: Self {
    .enabled(if: access("/dev/fuse", R_OK | W_OK) == 0, "needs /dev/fuse")
  }
  static var needsRoot: Self { .enabled(if: geteuid() == 0, "needs root") }
}

/// A directory with a firmware and a mountpoint, removed at the end with every mount and process that names it.
final class MountPlace {
  let folder: String
  let firmware: String
  let mountpoint: String
  let user: User
  let program: String

  init(_ image: [UInt8], name: String = "firmware", user: User = .current) throws {
    var template = Array("/tmp/jffs2fuse-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    firmware = "\(folder)/\(name)"
    mountpoint = "\(folder)/m"
    self.user = user
    let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let built = URL(filePath: test).deletingLastPathComponent().path + "/jffs2fuse"
    // Another user need not reach the build directory. A child copies: a file that is open for writing in a process that starts
    // others at the same time may be open in them, and cannot be run then.
    program = user == .current ? built : "\(folder)/program"
    if user != .current { _ = try ChildProcess(["cp", built, program]).wait() }
    chmod(folder, 0o755)
    chown(folder, user.id, user.id)
    try Data(image).write(to: URL(filePath: firmware))
    chown(firmware, user.id, user.id)
    mkdir(mountpoint, 0o755)
    chown(mountpoint, user.id, user.id)
  }

  deinit {
    for process in processes { kill(process, SIGKILL) }
    for path in mounts.map(\.mountpoint).reversed() where umount2(path, Int32(MNT_DETACH)) != 0 {
      _ = try? ChildProcess(["fusermount3", "-uz", "--", path]).wait()
    }
    _ = try? ChildProcess(["rm", "-rf", "--one-file-system", "--", folder]).wait()
  }

  /// Starts a command as the user.
  func start(_ command: [String], environment: [String: String] = [:]) throws -> ChildProcess {
    let names = ["P": program, "F": firmware, "M": mountpoint, "D": folder]
    return try ChildProcess(
      user.command(command), in: folder,
      environment: names.merging(environment) { $1 }.merging(["LC_ALL": "C"]) { $1 })
  }

  /// Runs lines of bash as the user: `$P` is the program, `$F` the firmware, `$M` the mountpoint, `$D` the directory.
  func shell(_ lines: String, environment: [String: String] = [:]) throws -> ChildProcess.Result {
    try start(["bash", "-c", lines], environment: environment).wait()
  }

  /// Runs the program.
  func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ChildProcess.Result {
    try start([program] + arguments, environment: environment).wait()
  }

  /// Mounts in the foreground and waits until the program says so.
  func mount(_ options: String..., flags: [String] = []) throws -> ChildProcess {
    let child = try start(
      [program, firmware, mountpoint, "-f"] + flags + options.flatMap { ["-o", $0] })
    try #require(
      eventually { child.error.contains("; mounted at") || child.waitStatus(seconds: 0) != nil })
    try #require(child.waitStatus(seconds: 0) == nil, "\(child.error)")
    return child
  }

  /// Unmounts and checks that this is a success which leaves nothing.
  func unmount(_ child: ChildProcess) throws {
    child.signal(SIGTERM)
    #expect(try child.wait().status == 0)
    #expect(mounts.isEmpty)
    #expect(processes.isEmpty)
  }

  func path(_ name: String) -> String { "\(mountpoint)/\(name)" }

  /// The mounts in the directory.
  var mounts: [(mountpoint: String, line: String)] {
    // Another test mounts at a name that is not UTF-8.
    let bytes = FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data()
    let table = String(decoding: bytes, as: UTF8.self)
    return table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[4].hasPrefix(folder + "/") else { return nil }
      return (String(fields[4]), String(line))
    }
  }

  /// The processes whose command line names the directory.
  var processes: [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { id in
      guard let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
        return false
      }
      return String(decoding: data, as: UTF8.self).contains(folder)
    }
  }
}

extension ChildProcess {
  /// The standard error after the last output.
  var settledError: String {
    var text = error
    _ = eventually {
      usleep(useconds_t(200_000 * Self.patience))
      defer { text = error }
      return text == error
    }
    return text
  }
}

/// Whether a condition comes true within some seconds, longer in a program with a sanitizer.
func eventually(seconds: Double = 15, _ condition: () -> Bool) -> Bool {
  let deadline = Date().addingTimeInterval(seconds * ChildProcess.patience)
  while !condition() {
    if Date() >= deadline { return false }
    usleep(10000)
  }
  return true
}
