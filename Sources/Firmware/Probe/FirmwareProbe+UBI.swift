internal import JFFS2
internal import Storage

extension FirmwareProbe {
  /// The file systems in the volumes of UBI devices, each with the name of its volume.
  func inVolumes(
    of devices: [UBIDevice], _ inner: ContainerPayload, _ table: [MTDParts.Resolved]
  ) throws(FirmwareError) -> [Partition] {
    var found: [Partition] = []
    for device in devices {
      let assemblies = try storage { () throws(StorageError) in
        try UBIAssembly.devices(device, inner.image)
      }
      for assembly in assemblies {
        for volume in assembly.volumes where volume.byteCount > 0 {
          found += try partitions(in: volume, of: assembly, inner)
        }
      }
    }
    for index in found.indices { found[index].table = table }
    return found
  }

  private func partitions(
    in volume: UBIVolume, of device: UBIAssembly, _ inner: ContainerPayload
  ) throws(FirmwareError) -> [Partition] {
    let description = UBIVolumeDescription(
      deviceOffset: inner.image.reportedOffset(of: device.offset),
      physicalBlockSize: device.blockSize, blockSize: volume.blockSize, number: volume.number,
      name: volume.name, isStatic: volume.isStatic)
    let view = ContainerPayload(
      image: inner.image.arranged(volume.segments), range: 0..<volume.byteCount,
      containers: inner.containers + [.ubiVolume(description)],
      warnings: inner.warnings + volume.warnings, flaws: inner.flaws + volume.flaws)
    let start = try storage { () throws(StorageError) in
      try Contents.at(0, view.image, view.range)
    }
    // The contents of its files are in pieces.
    guard start?.type.fileExtension != "ubifs" else { return [] }
    do throws(FirmwareError) {
      return try search(view).map { named(volume, $0) }
    } catch {
      guard error.isOfSystem else { return [] }
      throw error
    }
  }

  /// The file system found in a volume, with the volume's name and block size.
  private func named(_ volume: UBIVolume, _ partition: Partition) -> Partition {
    guard partition.source == .wholeImage else { return partition }
    var named = partition
    named.name = volume.name
    named.source = .wholeVolume
    return named
  }
}
