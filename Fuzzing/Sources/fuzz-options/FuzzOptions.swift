import CFuzzer
import FUSE
import Firmware
import FirmwareAccess
import FuzzSupport
import Glibc
import MountService

/// Reads the input as a command line, its arguments separated by NUL, and as each text that an option may hold.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let input = (0..<count).map { bytes[$0] }
  let arguments = input.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
  for program in ["jffs2fuse", "mount.jffs2fuse"] {
    do throws(ProgramError) {
      _ = try Invocation(program: program, arguments: arguments)
    } catch {
      if error.message.isEmpty { found("an error without words") }
    }
  }
  let text = String(decoding: input, as: UTF8.self)
  // An option that is escaped is one option again.
  if !text.isEmpty, !text.hasPrefix("mtdparts="),
    OptionText.split(String(decoding: SessionOptions.escaped(Array(text.utf8)), as: UTF8.self))
      != [text]
  {
    found("escaping changes an option")
  }
  _ = ByteSize.parse(text)
  if let table = try? MTDParts(text) {
    let parts = table.devices.flatMap { $0.resolve(deviceSize: 16 << 20) }
    if parts.contains(where: { $0.range.upperBound > 16 << 20 }) {
      found("a partition outside its device")
    }
  }
  return 0
}

@main
enum Fuzzer {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput))
  }
}
