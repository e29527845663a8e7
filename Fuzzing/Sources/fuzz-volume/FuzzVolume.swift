import CFuzzer
import FuzzSupport
import Glibc
import JFFS2
import Storage
import TestSupport

/// Scans an image and reads its whole tree. The first byte says which checksums are made right before, in which byte order, and how
/// damage is served.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  guard count > 1 else { return 0 }
  let control = bytes[0]
  var image = (1..<count).map { bytes[$0] }
  let dialect = Dialect(control & 8 == 0 ? .little : .big)
  CRCRepair.repair(&image, dialect, CRCRepair.Kinds(rawValue: ~control & 7))
  guard let input = try? InputImage.make(image),
    let range = try? FlashRange(input, 0..<input.byteCount),
    let volume = try? Volume(
      scanning: range,
      Volume.Options(
        eraseSize: control & 16 == 0 ? nil : 4096,
        damagePolicy: control & 32 == 0 ? .error : .zero))
  else { return 0 }
  let invariants = VolumeInvariants(volume, contentsLimit: 1 << 16)
  if let violation = invariants.violations.first { found(violation) }
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
