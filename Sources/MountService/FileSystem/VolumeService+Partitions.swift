internal import Firmware
internal import JFFS2
internal import Storage

/// A file system in the firmware, with the name to show it under.
struct NamedPartition {
  let name: String
  let partition: Partition
  /// How its borders are known; nil where it is alone.
  let borders: String?
}

extension VolumeService {
  static func table(_ text: String) throws(StartupFailure) -> MTDParts {
    do throws(MTDParts.ParseError) {
      return try MTDParts(text)
    } catch {
      throw StartupFailure("-o \(error)", .usage)
    }
  }

  /// All file systems: what a U-Boot image holds, or whatever stands in the file.
  static func partitions(
    _ image: FlashImage, _ options: MountOptions, _ table: MTDParts?
  ) throws(FirmwareError) -> [NamedPartition] {
    let endianness: Endianness? = options.endianness.map { $0 == .little ? .little : .big }
    let start = options.offset ?? 0
    let length = options.length ?? (start < image.byteCount ? image.byteCount - start : 0)
    let probe = FirmwareProbe(
      image,
      FirmwareProbe.Options(
        offset: start, length: options.length, endianness: endianness))
    let isInside = length > 0 && start < image.byteCount && length <= image.byteCount - start
    var found: [FoundPartition] = []
    do throws(StorageError) {
      let isWrapped = try UImage.read(image, at: start) != nil
      if isInside, table != nil || !isWrapped {
        found = try PartitionSearch(
          image, start..<start + length, endianness: endianness, table: table
        ).partitions()
      }
    } catch {
      throw .storage(error)
    }
    guard !found.isEmpty else {
      if isInside, table != nil { throw .noFileSystem(seen: nil) }
      return [NamedPartition(name: "jffs2", partition: try probe.partition(), borders: nil)]
    }
    var named: [NamedPartition] = []
    for partition in found {
      do throws(JFFS2Error) {
        named.append(
          NamedPartition(
            name: partition.displayName,
            partition: Partition(range: try FlashRange(image, partition.range)),
            borders: partition.source == .wholeImage ? nil : partition.source.description))
      } catch {
        throw .volume(error)
      }
    }
    return named
  }

  /// The partitions to serve: all, or the one that the user named.
  static func choose(
    _ partitions: [NamedPartition], _ options: MountOptions, _ path: String
  ) throws(StartupFailure) -> [NamedPartition] {
    guard let wanted = options.partition else { return partitions }
    let index = VolumeNames.index(
      wanted, names: partitions.map(\.name), offsets: partitions.map(\.partition.range.start))
    if let index { return [partitions[index]] }
    let list = partitions.enumerated().map { number, partition in
      "\(number) \(partition.name) at 0x\(String(partition.partition.range.start, radix: 16))"
    }
    throw StartupFailure(
      "\(path): no JFFS2 partition \(wanted); there are: \(list.joined(separator: ", "))", .usage)
  }
}
