internal import Firmware
internal import JFFS2
internal import Storage

extension VolumeService {
  static func table(_ text: String) throws(StartupFailure) -> MTDParts {
    do throws(MTDParts.ParseError) {
      return try MTDParts(text)
    } catch {
      throw StartupFailure("-o \(error)", .usage)
    }
  }

  /// All file systems in the firmware.
  static func partitions(
    _ image: FlashImage, _ options: MountOptions, _ table: MTDParts?,
    _ unpackingFile: UnpackingFile
  ) throws(FirmwareError) -> [Partition] {
    var probe = FirmwareProbe.Options(
      offset: options.offset ?? 0, length: options.length,
      endianness: options.endianness, spareArea: options.spareArea, table: table,
      maxUnpacked: options.maxUnpacked, member: options.member)
    probe.unpackingFile = unpackingFile
    probe.spelling = \.mountOption
    return try FirmwareProbe(image, probe).partitions()
  }

  /// The partitions to serve: all, or the one that the user named.
  static func choose(
    _ partitions: [Partition], _ options: MountOptions, _ path: String
  ) throws(StartupFailure) -> [Partition] {
    guard let wanted = options.partition else { return partitions }
    do throws(NoSuchPartition) {
      return [partitions[try partitions.index(named: wanted)]]
    } catch {
      throw StartupFailure("\(path): \(error)", .usage)
    }
  }
}
