import CLinux
import Glibc
import MountService

clinux_ensure_standard_fds()
var arguments: [[UInt8]] = []
for index in 0..<Int(CommandLine.argc) {
  // The system's argument vector has `argc` texts that end in zero; a path need not be UTF-8.
  guard let text = unsafe CommandLine.unsafeArgv[index] else { break }
  arguments.append(unsafe (0..<strlen(text)).map { unsafe UInt8(bitPattern: text[$0]) })
}
let program = MountProgram(service: JFFS2Service(), mounter: SystemMounter.libfuse)
exit(
  program.run(
    program: arguments.first.map { String(decoding: $0, as: UTF8.self) } ?? "jffs2fuse",
    arguments: Array(arguments.dropFirst())))
