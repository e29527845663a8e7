import Glibc
import MountService

/// Stands where the JFFS2 adapter will be.
struct UnconnectedService: WorkerService {
  var requestCount: UInt64 { 0 }

  mutating func prepare(
    descriptor: Int32, path: String, options: MountOptions, log: Log
  ) throws(StartupFailure) -> String {
    throw StartupFailure("\(path): this build reads no JFFS2", .system)
  }

  func serve(descriptor: Int32, options: MountOptions) throws(StartupFailure) {}
}

var arguments: [[UInt8]] = []
for index in 0..<Int(CommandLine.argc) {
  // The system's argument vector has `argc` texts that end in zero; a path need not be UTF-8.
  guard let text = unsafe CommandLine.unsafeArgv[index] else { break }
  arguments.append(unsafe (0..<strlen(text)).map { unsafe UInt8(bitPattern: text[$0]) })
}
let mounter = SystemMounter { path, _ throws(StartupFailure) in
  throw StartupFailure("\(path): this build cannot mount", .mountFailed)
}
let program = MountProgram(service: UnconnectedService(), mounter: mounter)
exit(
  program.run(
    program: arguments.first.map { String(decoding: $0, as: UTF8.self) } ?? "jffs2fuse",
    arguments: Array(arguments.dropFirst())))
