// The mounting program around a file system of one empty directory: what it does depends on the firmware's first line:
// `crash`, `fail`, `hang`, `flood` (talks without end), `share` (two threads want the same at once, then it serves),
// `try ATTEMPT` (shows how it went), `fault KIND` (for a sanitizer), `answer N` (takes all requests, and answers none after
// INIT and N more), else it serves. ANSWER_TIME in the environment: the seconds that a new mount has for its first answer.
import CAttempts
import CLinux
import FirmwareAccess
import Glibc
import MountService
import SystemPackage

struct TinyService: WorkerService {
  /// How many requests are answered after INIT.
  private var answers = Int.max

  var requestCount: UInt64 { 0 }

  mutating func prepare(
    _ firmware: FirmwareFile, options: MountOptions, log: Log
  ) throws(ProgramError) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = max(0, pread(firmware.descriptor, &bytes, 16, 0))
    switch String(decoding: bytes[..<count], as: UTF8.self) {
    case "crash\n": raise(SIGKILL)
    case "fail\n": throw ProgramError("\(firmware.path): no JFFS2 here", .usage)
    case "hang\n": while true { pause() }
    case "share\n": Contention.provoke()
    case "flood\n": while true { log.error("and so on") }
    case let line where line.hasPrefix("answer "):
      answers = Int(line.dropFirst(7).dropLast()) ?? 0
    case let line where line.hasPrefix("try "):
      throw ProgramError("outcome \(attempt(line.dropFirst(4).dropLast()))", .usage)
    case let line where line.hasPrefix("fault "):
      Fault(rawValue: String(line.dropFirst(6).dropLast()))?.commit()
      throw ProgramError("\(firmware.path): no sanitizer has ended this process", .usage)
    default: break
    }
    return "one folder"
  }

  /// An action of a compromised parser; returns an errno.
  private func attempt(_ name: Substring) -> Int32 {
    switch name {
    case "open": open("/proc/self/status", O_RDONLY) < 0 ? errno : 0
    case "socket": socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) < 0 ? errno : 0
    case "device": open("/dev/fuse", O_RDWR) < 0 ? errno : 0
    case "exec": attempt_exec()
    case "fork": attempt_fork()
    case "ptrace": attempt_ptrace(getppid())
    case "kill": kill(getppid(), SIGTERM) < 0 ? errno : 0
    default: ENOENT
    }
  }

  /// Answers INIT and GETATTR of the root; everything else is ENOSYS.
  func serve(descriptor: Int32, options: MountOptions) throws(ProgramError) {
    var request = [UInt32](repeating: 0, count: 65536)
    var answers = answers
    while true {
      let count = read(descriptor, &request, request.count * 4)
      if count < 0, errno == EINTR || errno == ENOENT { continue }
      guard count >= 40 else { return }
      // fuse_in_header: len, opcode, unique, nodeid …
      let opcode = request[1]
      if opcode == 2 || opcode == 42 { continue }
      var answer: [UInt32] = [0, 0, request[2], request[3]]
      switch opcode {
      case 26: answer += [7, 31, 0, 0, 0, 4096] + [UInt32](repeating: 0, count: 10)
      case 3:
        // fuse_attr_out: valid (8), nsec, dummy; ino, size, blocks, three times (8 each), nsecs, mode, nlink …
        answer += [1, 0, 0, 0, 1, 0] + [UInt32](repeating: 0, count: 10)
        answer += [0, 0, 0, UInt32(S_IFDIR) | 0o755, 2, 0, 0, 0, 512, 0]
      default: answer[1] = UInt32(bitPattern: -ENOSYS)
      }
      if opcode != 26 {
        guard answers > 0 else { continue }
        answers -= 1
      }
      answer[0] = UInt32(answer.count * 4)
      _ = write(descriptor, answer, answer.count * 4)
    }
  }
}

/// Mounts; here and not in a closure below, which would belong to the main thread.
nonisolated func mountFixture(
  _ path: FilePath, _ source: FilePath?, _ options: [String]
) throws(ProgramError) -> Int32 {
  let descriptor = open("/dev/fuse", O_RDWR | O_CLOEXEC)
  let data = "fd=\(descriptor),rootmode=40000,user_id=0,group_id=0"
  let result = data.withCString { data in
    path.withPlatformString { mount("fixture", $0, "fuse.jffs2fuse", UInt(MS_RDONLY), data) }
  }
  guard result == 0 else {
    throw ProgramError("\(path): \(Errno(rawValue: errno))", .mountFailed)
  }
  return descriptor
}

let mounter = geteuid() == 0 ? SystemMounter(mount: mountFixture) : .libfuse
let responseTimeout = getenv("ANSWER_TIME").flatMap { UInt32(String(cString: $0)) }
exit(
  MountProgram(service: TinyService(), mounter: mounter, responseTimeout: responseTimeout ?? 30)
    .run(
      program: "jffs2fuse", arguments: CommandLine.arguments.dropFirst().map { Array($0.utf8) }))
