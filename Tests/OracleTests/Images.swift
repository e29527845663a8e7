import Firmware
import JFFS2
import Storage
import TestSupport

extension AnsweredImage {
  /// The volume in the image, found as the product finds it.
  func volume(_ options: Volume.Options = Volume.Options()) throws -> Volume {
    let image = try FlashImage(bytes: bytes(), path: file.path)
    let partition = try FirmwareProbe(image).partitions()[0]
    return try Volume(scanning: partition.range, options, reusing: partition.log)
  }

  /// The differences between our tree and the driver's.
  func differences(_ options: Volume.Options = Volume.Options()) throws -> [String] {
    try ManifestComparison(try volume(options), with: manifest()).differences
  }
}
