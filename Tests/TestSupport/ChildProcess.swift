internal import Foundation
internal import Glibc
internal import Sandbox

/// A program that a test starts: with no signal blocked or ignored, and in a separate process group.
///
/// The threads that tests run on block signals, and Foundation's `Process` hands that on. Standard output and error go to
/// files without a name, so that no pipe has to be drained.
package final class ChildProcess {
  package struct Result {
    /// The exit code, or minus the signal that ended the process.
    package let status: Int32
    package let output: String
    package let error: String
  }

  package struct Failure: Error {
    package let message: String
  }

  package let id: Int32
  private let outputFile: Int32
  private let errorFile: Int32
  private var ended: Int32?

  /// Starts a command, looked up in PATH, in `folder`, with `environment` on top of the test's own.
  package init(
    _ command: [String], in folder: String = "/", environment: [String: String] = [:]
  ) throws {
    outputFile = Self.namelessFile()
    errorFile = Self.namelessFile()
    guard outputFile >= 0, errorFile >= 0 else { throw Failure(message: "no files in /tmp") }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, outputFile, 1)
    posix_spawn_file_actions_adddup2(&actions, errorFile, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // env(1) changes the directory and is then the command itself.
    let command = ["env", "-C", folder, "--"] + command
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var texts: [UnsafeMutablePointer<CChar>?] =
      variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + texts { free(text) } }
    var child: pid_t = 0
    let failure = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &texts)
    guard failure == 0 else {
      throw Failure(message: "env: \(String(cString: strerror(failure)))")
    }
    id = child
  }

  deinit {
    kill()
    close(outputFile)
    close(errorFile)
  }

  /// The standard output of the process so far.
  package var output: String { String(decoding: bytes(of: outputFile), as: UTF8.self) }

  /// The standard error of the process so far.
  package var error: String { String(decoding: bytes(of: errorFile), as: UTF8.self) }

  /// The path of a program of this package, which is beside the tests'.
  package static func builtProgram(_ name: String) throws -> String {
    let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: test).deletingLastPathComponent().appending(path: name).path
  }

  package func signal(_ signal: Int32) { _ = Glibc.kill(id, signal) }

  /// Ends the process and what it started in its group, and waits for it.
  package func kill() {
    guard ended == nil else { return }
    _ = Glibc.kill(-id, SIGKILL)
    _ = waitStatus(seconds: 10)
  }

  /// The exit code or minus the signal, or nil if the process still runs after this number of seconds.
  package func waitStatus(seconds: Double) -> Int32? {
    let deadline = Date().addingTimeInterval(seconds)
    while ended == nil {
      var status: Int32 = 0
      if waitpid(id, &status, WNOHANG) == id {
        ended = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
      } else if Date() >= deadline {
        return nil
      } else {
        usleep(5000)
      }
    }
    return ended
  }

  /// How many times as long as on a busy machine a test waits for what it expects: a sanitizer slows programs down.
  package static let patience: Double = SandboxPolicy.isSupported ? 1 : 6

  /// Waits for the end; a process that takes longer, times `patience`, is killed and an error.
  package func wait(seconds: Double = 30) throws -> Result {
    let seconds = seconds * Self.patience
    guard let status = waitStatus(seconds: seconds) else {
      kill()
      throw Failure(message: "still running after \(seconds) s; it said: \(error)")
    }
    return Result(status: status, output: output, error: error)
  }

  private static func namelessFile() -> Int32 {
    let name = "/tmp/test-output-\(UInt64.random(in: 0 ... .max))"
    defer { unlink(name) }
    return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  }

  private func bytes(of file: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, size(of: file)))
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  private func size(of file: Int32) -> Int {
    // The offset is the child's too and must stay.
    var status = stat()
    return fstat(file, &status) == 0 ? Int(status.st_size) : 0
  }
}
