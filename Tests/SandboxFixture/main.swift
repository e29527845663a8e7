// Tries one thing: `sandbox-fixture free|confined|FOLDER ATTEMPT [PATH]`. Exit code 0: it worked; else the errno; a signal
// is a signal. FOLDER is one that the process may still change.
import CAttempts
import Glibc
import Sandbox

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(99) }
let path = arguments.count > 3 ? arguments[3] : ""
// What the program has at hand before it gives anything up.
let parent = getppid()
let page = 4096
let file = open("/tmp", O_RDWR | 0o20200000, 0o600)  // O_TMPFILE

/// The errno of a system call's result.
func outcome(_ result: Int) -> Int32 { result < 0 ? errno : 0 }

func thread() -> Int32 {
  var handle = pthread_t()
  guard pthread_create(&handle, nil, { _ in nil }, nil) == 0 else { return EAGAIN }
  return pthread_join(handle, nil)
}

func map(_ protection: Int32) -> Int32 {
  mmap(nil, page, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0
}

/// Takes memory piece by piece, as a runaway table would.
func take(_ byteCount: Int) -> Int32 {
  for _ in 0..<(byteCount >> 24) where malloc(1 << 24) == nil { return ENOMEM }
  return 0
}

let attempts: [String: () -> Int32] = [
  "open": { outcome(Int(open(path, O_RDONLY))) },
  "create": { outcome(Int(open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600))) },
  "stat": {
    var status = stat()
    return outcome(Int(stat(path, &status)))
  },
  "mkdir": { outcome(Int(mkdir(path, 0o700))) },
  "unlink": { outcome(Int(unlink(path))) },
  "socket": { outcome(Int(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))) },
  "exec": attempt_exec,
  "fork": attempt_fork,
  "ptrace": { attempt_ptrace(parent) },
  "foreign call": attempt_foreign_call,
  "kill": { outcome(Int(kill(parent, SIGCONT))) },
  "map code": { map(PROT_READ | PROT_WRITE | PROT_EXEC) },
  "map memory": { map(PROT_READ | PROT_WRITE) },
  "thread": thread,
  "16 MiB": { take(16 << 20) },
  "256 MiB": { take(256 << 20) },
  "read": {
    var byte: UInt8 = 0
    return outcome(pread(file, &byte, 1, 0))
  },
  "write": { outcome(pwrite(file, "x", 1, 0)) },
  "write far": { outcome(pwrite(file, "x", 1, 1 << 20)) },
  "descriptors": {
    for _ in 0..<80 where dup(0) < 0 { return errno }
    return 0
  },
]
guard let attempt = attempts[arguments[2]] else { exit(98) }
switch arguments[1] {
case "free": break
case "confined":
  _ = Confinement(memory: MemoryLimit(byteCount: 96 << 20, most: 96 << 20), fileSize: 1 << 20)
    .apply()
default: _ = Confinement(folder: open(arguments[1], O_RDONLY | O_DIRECTORY)).apply()
}
exit(attempt())
