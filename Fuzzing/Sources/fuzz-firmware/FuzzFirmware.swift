import CFuzzer
import Firmware
import FuzzSupport
import Glibc
import JFFS2
import Storage
import TestSupport

/// Searches the input for file systems, in any container. The first byte selects the user's options and whether checksums are corrected.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  guard count > 1 else { return 0 }
  let control = bytes[0]
  var image = (1..<count).map { bytes[$0] }
  if control & 1 == 0 { CRCRepair.repair(&image, Dialect(.little), .all) }
  if control & 2 == 0 { repairUImage(&image) }
  var options = FirmwareProbe.Options(maxUnpacked: 1 << 20)
  if control & 4 != 0 { options.spareArea = NANDPageLayout(pageSize: 512, oobSize: 16) }
  if control & 8 != 0 { options.table = try? MTDParts("f:4k(a),8k(b)ro,-(c)") }
  if control & 16 != 0 { options.offset = UInt64(control >> 5) * 512 }
  guard let input = try? InputImage.make(image) else { return 0 }
  do throws(FirmwareError) {
    for partition in try FirmwareProbe(input, options).partitions() {
      _ = partition.containers.map(\.description)
      guard
        partition.range.start + UInt64(partition.range.length) <= partition.range.image.byteCount
      else { found("a partition outside its image") }
      guard let volume = try? Volume(scanning: partition.range) else { continue }
      _ = try? volume.attributes(of: Volume.rootIno)
    }
  } catch {
    if error.description.isEmpty { found("an error without words") }
  }
  return 0
}

/// Makes the header CRC of a U-Boot image right, so that what follows the check is reached.
private func repairUImage(_ image: inout [UInt8]) {
  guard image.count >= UImage.headerSize, image.span.u32(at: 0, .big) == UImage.magic else {
    return
  }
  image.replaceSubrange(4..<8, with: [0, 0, 0, 0])
  let crc = ~jffs2CRC(image.span.extracting(0..<UImage.headerSize), initial: .max)
  image.replaceSubrange(4..<8, with: ImageBuilder(Dialect(.big)).number32(crc))
}

@main
enum Fuzzer {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput))
  }
}
