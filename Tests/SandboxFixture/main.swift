// Tries one thing: `sandbox-fixture free|confined|DIR ATTEMPT [PATH]`. Exit code 0: it worked; else the errno; a signal
// is a signal. DIR is one in which the process may still create files, or with `reading:` before it only read; a relative PATH starts
// there.
// `sandbox-fixture without ERRNO PROGRAM [ARGUMENT ...]` runs a program where Landlock and seccomp give that error.
import CAttempts
import Glibc
import Sandbox

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(99) }
if arguments[1] == "without" {
  guard attempt_forbid_confinement(Int32(arguments[2]) ?? ENOSYS) == 0 else { exit(97) }
  execv(arguments[3], arguments[3...].map { strdup($0) } + [nil])
  exit(errno)
}
// As in the programs: the caller may have any number of open descriptors.
SandboxPolicy.closeAll(except: [])
let path = arguments.count > 3 ? arguments[3] : ""
// The resources of the program before it is confined.
let parent = getppid()
let page = 4096
let readingPrefix = "reading:"
let isReader = arguments[1].hasPrefix(readingPrefix)
let folder = open(
  String(arguments[1].dropFirst(isReader ? readingPrefix.count : 0)), O_RDONLY | O_DIRECTORY)
/// The two ways of opening that making files needs.
let asFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
let asNewFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
let file = open("/tmp", O_RDWR | 0o20000000 | O_DIRECTORY, 0o600)  // O_TMPFILE
/// A number among those of open descriptors that is free again.
let gap = open("/dev/null", O_RDONLY)
_ = open("/dev/null", O_RDONLY)
close(gap)

let emptyPath: Int32 = 0x1000  // AT_EMPTY_PATH

/// The offset of the start of a relative path.
let start = folder < 0 ? AT_FDCWD : folder

/// The errno of a system call's result.
func outcome(_ result: Int) -> Int32 { result < 0 ? errno : 0 }

func openPath(_ flags: Int32) -> Int32 { outcome(Int(openat(start, path, flags, 0o600))) }

func fill() -> Int32 {
  let file = openat(start, path, asNewFile, 0o600)
  return file < 0 ? errno : outcome(write(file, "x", 1)) | outcome(Int(ftruncate(file, 9)))
}

func makeNode(_ mode: UInt32, _ device: UInt) -> Int32 {
  outcome(Int(mknodat(start, path, mode, dev_t(device))))
}

func setTimes() -> Int32 {
  let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 2, tv_nsec: 0)]
  return outcome(Int(utimensat(start, path, times, AT_SYMLINK_NOFOLLOW)))
}

/// Queries that a confined process may use only for open files.
func setXattr() -> Int32 {
  if start >= 0, fchdir(start) != 0 { return errno }
  return outcome(Int(lsetxattr(path, "user.test", "x", 1, 0)))
}

/// Sets all attributes of an open file that can be set.
func change(_ descriptor: Int32) -> Int32 {
  for result in [
    fchmod(descriptor, 0o640), fchown(descriptor, getuid(), getgid()), futimens(descriptor, nil),
  ] where result < 0 { return errno }
  let result = fsetxattr(descriptor, "user.test", "x", 1, 0)
  return result < 0 && errno != ENOTSUP ? errno : 0
}

/// Creates a file, which must get the descriptor number, and sets its attributes.
func makeAndChange(number: Int32?) -> Int32 {
  let made = openat(start, path, asNewFile, 0o600)
  if made < 0 { return errno }
  return number.map { $0 == made } ?? true ? change(made) : 96
}

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
  // The optimizer removes calls of malloc.
  for _ in 0..<(byteCount >> 24)
  where unsafe mmap(nil, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    == MAP_FAILED
  { return ENOMEM }
  return 0
}

let attempts: [String: () -> Int32] = [
  "open": { openPath(O_RDONLY) },
  "open folder": { openPath(asFolder) },
  "open path": { openPath(0o10000000) },  // O_PATH
  "write file": { openPath(O_WRONLY) },
  "truncate": { openPath(O_WRONLY | O_CREAT | O_TRUNC) },
  "create": { openPath(asNewFile) },
  "fill": fill,
  "stat": {
    var status = stat()
    return outcome(Int(stat(path, &status)))
  },
  "mkdir": { outcome(Int(mkdirat(start, path, 0o700))) },
  "unlink": { outcome(Int(unlinkat(start, path, 0))) },
  "rmdir": { outcome(Int(unlinkat(start, path, AT_REMOVEDIR))) },
  "symlink": { outcome(Int(symlinkat("/etc/passwd", start, path))) },
  "fifo": { makeNode(S_IFIFO | 0o666, 0) },
  "device": { makeNode(S_IFCHR | 0o666, 0x103) },
  "link here": { outcome(Int(linkat(start, path, start, "linked", 0))) },
  "link there": { outcome(Int(linkat(start, "mine", start, path, 0))) },
  "rename here": { outcome(Int(renameat(start, path, start, "moved"))) },
  "rename there": { outcome(Int(renameat(start, "mine", start, path))) },
  "chmod": { outcome(Int(fchmodat(start, path, 0o777, 0))) },
  "chown": { outcome(Int(fchownat(start, path, 1, 1, AT_SYMLINK_NOFOLLOW))) },
  "times": setTimes,
  "xattr": setXattr,
  "change new": { makeAndChange(number: nil) },
  "change gap": { makeAndChange(number: gap) },
  "change target": { change(folder) },
  "chmod open": { outcome(Int(fchmod(file, 0o4755))) },
  "chown open": { outcome(Int(fchown(file, getuid(), getgid()))) },
  "times open": { outcome(Int(futimens(file, nil))) },
  "xattr open": { outcome(Int(fsetxattr(file, "user.test", "x", 1, 0))) },
  "chmod input": { outcome(Int(fchmod(0, 0o4755))) },
  "times open by no name": { outcome(Int(utimensat(file, "", nil, emptyPath))) },
  "chown open by no name": { outcome(Int(fchownat(file, "", getuid(), getgid(), emptyPath))) },
  "link open": { outcome(Int(linkat(file, "", start, path, emptyPath))) },
  "dup": { outcome(Int(dup(file))) },
  "dup2": { outcome(Int(dup2(file, 60))) },
  "dup3": { attempt_duplicate(file, 60) },
  "F_DUPFD": { outcome(Int(fcntl(file, F_DUPFD, 60))) },
  "F_DUPFD_CLOEXEC": { outcome(Int(fcntl(file, F_DUPFD_CLOEXEC, 60))) },
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
  _ = SandboxPolicy(
    memory: MemoryLimit(byteCount: 96 << 20, hardLimit: 96 << 20), fileSize: 1 << 20
  )
  .apply()
case _ where isReader:
  var policy = SandboxPolicy()
  policy.readableDirectories = [folder]
  _ = policy.apply()
default: _ = SandboxPolicy(target: SandboxPolicy.WritableDirectory(descriptor: folder)).apply()
}
exit(attempt())
