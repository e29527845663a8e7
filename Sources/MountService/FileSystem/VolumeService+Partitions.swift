internal import Firmware
internal import JFFS2
internal import Storage

extension VolumeService {
  /// All file systems in the firmware.
  static func partitions(
    _ image: FlashImage, _ options: MountOptions, _ unpackingFile: UnpackingFile
  ) throws(FirmwareError) -> [Partition] {
    var probe = FirmwareProbe.Options(
      offset: options.offset ?? 0, length: options.length,
      endianness: options.endianness, spareArea: options.spareArea, table: options.table,
      maxUnpacked: options.maxUnpacked, member: options.member)
    probe.unpackingFile = unpackingFile
    probe.spelling = \.mountOption
    return try FirmwareProbe(image, probe).partitions()
  }

  /// The parts of the firmware that are not JFFS2.
  static func partFiles(
    _ partitions: [Partition], _ image: FlashImage
  ) throws(FirmwareError) -> [(name: String, file: PartFile)] {
    do throws(StorageError) {
      return try partitions.partFiles(of: image)
    } catch {
      throw .storage(error)
    }
  }

  /// The partitions to serve: all but aliases, or the one that the user named.
  static func choose(
    _ partitions: [Partition], _ options: MountOptions, _ path: String
  ) throws(StartupFailure) -> [Partition] {
    do throws(NoSuchPartition) {
      return try partitions.indices(named: options.partition).map { partitions[$0] }
    } catch {
      throw StartupFailure("\(path): \(error)", .usage)
    }
  }
}
