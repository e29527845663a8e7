import CXattr
import Foundation
import Glibc

/// The test file system in a child process, mounted at a separate directory.
final class MountedFileSystem {
  let directory: String
  private let process = Process()
  private let output = Pipe()
  private(set) var lines: [String] = []
  private var rest: [UInt8] = []

  /// Whether this machine lets us mount.
  static let isSupported = access("/dev/fuse", R_OK | W_OK) == 0
  static let isRoot = geteuid() == 0

  static func program() throws -> String {
    let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: test).deletingLastPathComponent().path + "/FUSETestFileSystem"
  }

  init(_ role: String = "mount", options: [String] = ["ro"], user: String? = nil) throws {
    var template = Array("/tmp/fuse-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    var command = [try Self.program(), role, directory] + options
    if let user {
      guard let entry = getpwnam(user) else { throw CocoaError(.fileNoSuchFile) }
      chown(directory, entry.pointee.pw_uid, entry.pointee.pw_gid)
      command = ["/usr/sbin/runuser", "-u", user, "--"] + command
    }
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardOutput = output
    if role == "debug" {
      try Data().write(to: URL(filePath: errorFile))
      process.standardError = FileHandle(forWritingAtPath: errorFile)
    }
    try process.run()
    while let line = nextLine(), line != "ready" {}
  }

  /// Where the child of the role `debug` writes its errors: more than a pipe holds.
  private var errorFile: String { directory + ".errors" }

  /// The standard error of the child with the role `debug` has written to standard error.
  var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

  /// The next line the child prints, nil at its end.
  private func nextLine() -> String? {
    while true {
      if let end = rest.firstIndex(of: 10) {
        let line = String(decoding: rest[..<end], as: UTF8.self)
        rest.removeSubrange(...end)
        lines.append(line)
        return line
      }
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { return nil }
      rest += data
    }
  }

  /// Unmounts, waits for the child, and returns its exit code; `lines` then has all it printed.
  func unmount() -> Int32 {
    _ = umount2(directory, Int32(MNT_DETACH))
    while nextLine() != nil {}
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Ends the child by SIGKILL: it may have inherited a test thread's mask of every other signal.
  func kill() {
    _ = Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Makes the kernel drop unused names.
  func dropCaches() {
    _ = mount(nil, directory, nil, UInt(MS_REMOUNT) | UInt(MS_RDONLY), nil)
  }

  /// Whether the child receives this number of requests for an operation within some seconds; for operations without a waiting caller.
  func counts(_ operation: String, _ expected: Int) -> Bool {
    for _ in 0..<500 where count(operation) != expected { usleep(10_000) }
    return count(operation) == expected
  }

  /// The number of requests for an operation that the child received.
  func count(_ operation: String) -> Int {
    xattr("user.count.\(operation)", of: directory).flatMap(Int.init) ?? -1
  }

  deinit {
    _ = umount2(directory, Int32(MNT_DETACH))
    if process.isRunning { kill() }
    rmdir(directory)
    unlink(errorFile)
  }
}

func xattr(_ name: String, of path: String, room: Int = 100) -> String? {
  var value = [UInt8](repeating: 0, count: room)
  let length = lgetxattr(path, name, &value, room)
  return length < 0 ? nil : String(decoding: value.prefix(length), as: UTF8.self)
}

struct Listed: Hashable {
  let name: String
  let type: UInt8
  let ino: UInt64
}

func list(_ path: String) -> [Listed] {
  guard let stream = opendir(path) else { return [] }
  defer { closedir(stream) }
  var result: [Listed] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    result.append(
      Listed(name: name, type: entry.pointee.d_type, ino: UInt64(entry.pointee.d_ino)))
  }
  return result
}

func run(_ command: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: command[0])
  process.arguments = Array(command.dropFirst())
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
