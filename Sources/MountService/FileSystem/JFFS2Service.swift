internal import FUSE
package import FirmwareAccess
internal import Firmware
internal import Glibc
internal import JFFS2
internal import Storage
internal import SystemPackage
internal import Support

/// The worker's job for JFFS2: load the file systems of the firmware, and answer the kernel.
package struct JFFS2Service: WorkerService {
  private var fileSystem: (any RequestCounting)?

  package init() {}

  package var requestCount: UInt64 { fileSystem?.requestCount ?? 0 }

  package mutating func prepare(
    _ file: FirmwareFile, options: MountOptions, log: Log
  ) throws(ProgramError) -> String {
    setLogHandler { level, text in
      log.writeLimited("libfuse: \(text)", level: level <= .error ? .error : .debug)
    }
    let firmware = try FirmwareImage(loading: file, options.input(file), .mount)
    for line in firmware.warnings { log.warning("\(file.path): \(line)") }
    for fileSystem in firmware.fileSystems {
      let count = fileSystem.volume.statistics.impossibleNameCount
      guard count > 0 else { continue }
      log.warning(
        "\(Self.label(fileSystem, of: firmware)): left out: \(count.pluralized("name")) that no directory can contain"
      )
    }
    for line in firmware.damageSummaries({ String(decoding: $0, as: UTF8.self) }) {
      log.warning("\(file.path): \(line)")
    }
    return try mount(firmware, options, log)
  }

  /// Makes one file system of all that the firmware has.
  private mutating func mount(
    _ firmware: FirmwareImage, _ options: MountOptions, _ log: Log
  ) throws(ProgramError) -> String {
    let isOne = firmware.fileSystems.count == 1 && !options.partitions
    let files = options.partitions ? try firmware.partFiles() : []
    // The files have the names that unwrap gives them.
    let fileNames = files.map(\.name)
    let names =
      VolumeNames.unique(firmware.fileSystems.map(\.name), besides: fileNames) + fileNames
    var mounted: [(name: String, volume: any MountedVolume)] = []
    for (fileSystem, name) in zip(firmware.fileSystems, names) {
      let label = Self.label(fileSystem, of: firmware)
      let numbering = isOne ? InodeNumberMapping.single : .volume(mounted.count)
      do throws(JFFS2Error) {
        let volume = try mount(fileSystem.volume, numbering, label, options, log)
        mounted.append((name, volume))
        if firmware.fileSystems.count > 1 {
          log.notice("\(fileSystem.name): \(Self.facts(fileSystem.volume, fileSystem.partition))")
        }
      } catch {
        // One whose history cannot be read does not take the others along.
        guard !isOne else { throw ProgramError(error, firmware.path) }
        log.warning("\(label): left out: \(error)")
      }
    }
    guard !isOne else {
      fileSystem = mounted[0].volume
      return Self.summary(firmware.fileSystems[0])
    }
    guard !mounted.isEmpty else {
      throw ProgramError("\(firmware.path): none of the file systems can be read", .failure)
    }
    fileSystem = MultiVolumeFileSystem(
      mounted.map(\.volume), files: files.map(\.file),
      names: mounted.map(\.name) + names.suffix(files.count), ownership: options.ownership)
    guard firmware.fileSystems.count > 1 else { return Self.summary(firmware.fileSystems[0]) }
    let origins = Set(firmware.fileSystems.map { Self.origin(of: $0.partition) })
    return "\(mounted.count) file systems\(origins.count == 1 ? origins.joined() : ""): "
      + mounted.map(\.name).joined(separator: ", ")
  }

  /// A volume as a file system, with its history where it is requested.
  private func mount(
    _ volume: Volume, _ numbering: InodeNumberMapping, _ label: String, _ options: MountOptions,
    _ log: Log
  ) throws(JFFS2Error) -> any MountedVolume {
    func fileSystem(
      _ volume: Volume, _ numbering: InodeNumberMapping, directory: String = ""
    ) -> VolumeFileSystem {
      VolumeFileSystem(
        volume, ownership: options.ownership, enforcesAccessLists: options.enforcesAccessLists,
        numbering: numbering, directory: directory
      ) { text in log.writeLimited("\(label): \(text())", level: .error) }
    }
    let current = fileSystem(volume, numbering)
    guard options.history else { return current }
    let past = try History(volume).tree().volume
    let name = HistoryFileSystem.name(in: volume)
    let directory = "/" + String(decoding: name, as: UTF8.self)
    return HistoryFileSystem(
      current, past: fileSystem(past, numbering.history, directory: directory), name: name)
  }

  package func serve(descriptor: Int32, options: MountOptions) throws(ProgramError) {
    guard let fileSystem else { return }
    do {
      // The session closes the descriptor that it is given.
      let own = try FileDescriptor(rawValue: descriptor).duplicate()
      let session = try Session(
        fileSystem,
        options: SessionOptions(
          arguments: options.sessionOptions, debug: options.debug))
      let mounted = try session.mount(at: FilePath("/dev/fd/\(own.rawValue)"))
      let idleThreads = options.maxIdleThreads ?? 10
      try mounted.serve(
        threads: options.singleThreaded
          ? .single : .multi(maxIdle: idleThreads, maxThreads: options.maxThreads ?? 10),
        cloneDescriptor: options.cloneDescriptor)
    } catch {
      throw ProgramError("cannot serve the mount: \(error)", .failure)
    }
  }

  /// The name of a file system in messages.
  private static func label(
    _ fileSystem: FirmwareImage.FileSystem, of firmware: FirmwareImage
  ) -> String {
    firmware.fileSystems.count > 1 ? "\(firmware.path) (\(fileSystem.name))" : firmware.path
  }

  /// The summary of the only file system, in one line.
  private static func summary(_ fileSystem: FirmwareImage.FileSystem) -> String {
    let (partition, volume) = (fileSystem.partition, fileSystem.volume)
    return "JFFS2\(origin(of: partition)), \(facts(volume, partition)), erase blocks of "
      + "\(volume.eraseSize.byteCount) bytes (\(volume.eraseSize.reason))"
  }

  /// The containers of a partition, and the source of its boundaries.
  private static func origin(of partition: Partition) -> String {
    partition.containers.reversed().map { " in \($0)" }.joined()
      + (partition.source == .wholeImage || partition.source == .wholeVolume
        ? "" : " (\(partition.source))")
  }

  private static func facts(_ volume: Volume, _ partition: Partition) -> String {
    let order = volume.dialect.endianness == .little ? "little-endian" : "big-endian"
    return "\(order), \(volume.range.length) bytes at \(partition.offset.hexadecimal), "
      + volume.statistics.nodeCount.pluralized("node")
  }
}
