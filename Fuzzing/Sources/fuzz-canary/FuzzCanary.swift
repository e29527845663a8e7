import CFuzzer
import FuzzSupport
import Glibc

/// Breaks on inputs that begin with `BUG`, which only feedback from coverage finds.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  guard count >= 3, bytes[0] == UInt8(ascii: "B") else { return 0 }
  guard bytes[1] == UInt8(ascii: "U") else { return 0 }
  guard bytes[2] == UInt8(ascii: "G") else { return 0 }
  found("the built-in fault")
}

@main
enum Fuzzer {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput))
  }
}
