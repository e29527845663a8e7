import Firmware
import FirmwareAccess
import JFFS2
import SystemPackage

extension MountOptions {
  /// The options for reading a firmware.
  func input(_ file: FirmwareFile) -> InputOptions {
    InputOptions(
      path: FilePath(file.path),
      probe: FirmwareProbe.Options(
        offset: offset ?? 0, length: length, endianness: endianness, spareArea: spareArea,
        table: table, maxUnpacked: maxUnpacked, member: member),
      volume: Volume.Options(
        endianness: endianness, eraseSize: eraseSize.map { UInt32(clamping: $0) },
        damagePolicy: damaged),
      partition: partition)
  }
}
