import FUSE
import Glibc
import SystemPackage

// FUSETestFileSystem ROLE MOUNTPOINT [OPTION…]: mounts, prints "ready", serves, prints how it went.
// Roles: mount, single, plain (no readdirplus), passed (serves a descriptor of a static mount), debug (libfuse logs every request, to
// standard error), deaf (serves a descriptor that is no /dev/fuse); bare, empty, refusing (another file system).

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(64) }
let role = arguments[1]
let options = SessionOptions(arguments: Array(arguments.dropFirst(3)), debug: role == "debug")
if role != "debug" { setLogHandler { level, text in say("log \(level.rawValue) \(text)") } }

func fileSystem() -> any FileSystem {
  switch role {
  case "bare": BareFileSystem()
  case "empty": EmptyFileSystem()
  case "refusing": RefusingFileSystem()
  default: MemoryFileSystem(plus: role != "plain")
  }
}

/// Open copies of /dev/fuse.
func openDevices() -> Int {
  (3..<64).count { number in
    var target = [UInt8](repeating: 0, count: 64)
    let length = readlink("/proc/self/fd/\(number)", &target, 64)
    return length > 0 && target.prefix(length).elementsEqual("/dev/fuse".utf8)
  }
}

func run() throws(FUSEError) {
  var mountpoint = FilePath(arguments[2])
  if role == "passed" {
    let descriptor = try Session.mount(at: mountpoint, options: options)
    say("devices \(openDevices())")
    mountpoint = FilePath("/dev/fd/\(descriptor)")
  }
  if role == "deaf" { mountpoint = FilePath("/dev/fd/\(Glibc.open("/", O_RDONLY))") }
  let session = try Session(fileSystem(), options: role == "passed" ? .init() : options)
  let mounted = try session.mount(at: mountpoint)
  say("ready")
  try mounted.serve(
    threads: role == "single" ? .single : .multi(maxIdle: 4, maxThreads: 4),
    cloneDescriptor: role == "mount")
}

do throws(FUSEError) {
  try run()
  say("done")
} catch {
  say("error \(error.code) \(error)")
  exit(1)
}
