internal import CLinux
internal import FUSE
internal import Firmware
internal import JFFS2
internal import Storage
internal import SystemPackage

/// The worker's job for JFFS2: find the file system in the firmware, read its log, answer the kernel.
package struct VolumeService: WorkerService {
  private var fileSystem: VolumeFileSystem?

  package init() {}

  package var requestCount: UInt64 { fileSystem?.requestCount ?? 0 }

  package func confine(options: MountOptions, log: Log) throws(StartupFailure) {
    let result = clinux_give_up_privileges()
    guard result == 0 else {
      throw StartupFailure(
        "cannot give up privileges: \(Errno(rawValue: -result)); -o sandbox=no does without",
        .system)
    }
  }

  package mutating func prepare(
    descriptor: Int32, path: String, options: MountOptions, log: Log
  ) throws(StartupFailure) -> String {
    setLogHandler { level, text in
      log.writeLimited("libfuse: \(text)", level: level <= .error ? .error : .debug)
    }
    try refuseUnservedOptions(options)
    do throws(FirmwareError) {
      let image = try open(descriptor, path)
      let partition = try Self.partition(image, options)
      for warning in partition.warnings { log.warning("\(path): \(warning)") }
      let volume = try scan(partition, options)
      fileSystem = VolumeFileSystem(
        volume,
        ownership: Ownership(
          uid: options.userID, gid: options.groupID, umask: options.umask ?? 0),
        checksPermissions: options.sharesWithOthers
      ) { text in log.writeLimited("\(path): \(text)", level: .error) }
      report(volume, path, log)
      return Self.summary(partition, volume)
    } catch {
      throw StartupFailure("\(path): \(error)", error.exitCode)
    }
  }

  package func serve(descriptor: Int32, options: MountOptions) throws(StartupFailure) {
    guard let fileSystem else { return }
    do {
      // The session closes the descriptor that it is given.
      let own = try FileDescriptor(rawValue: descriptor).duplicate()
      var session = try Session(
        fileSystem,
        options: SessionOptions(
          arguments: [options.sessionOptionText(firmware: "")], debug: options.debug))
      try session.mount(at: "/dev/fd/\(own.rawValue)")
      let idleThreads = options.maxIdleThreads ?? 10
      try session.serve(
        threads: options.singleThreaded
          ? .single : .multi(maxIdle: idleThreads, maxThreads: options.maxThreads ?? 10),
        cloneDescriptor: options.cloneDescriptor)
    } catch {
      throw StartupFailure("cannot serve the mount: \(error)", .system)
    }
  }

  /// Options of the command line that say something about a firmware of which this version knows nothing yet must not be passed
  /// over in silence.
  private func refuseUnservedOptions(_ options: MountOptions) throws(StartupFailure) {
    let unserved: [(name: String, isGiven: Bool)] = [
      ("mtdparts", options.mtdparts != nil), ("partition", options.partition != nil),
    ]
    if let option = unserved.first(where: \.isGiven) {
      throw StartupFailure(
        "\(option.name)= cannot be used: whole flash dumps are not divided yet; "
          + "cut the part out with offset= and length=", .usage)
    }
  }

  private func open(_ descriptor: Int32, _ path: String) throws(FirmwareError) -> FlashImage {
    do {
      let own = try FileDescriptor(rawValue: descriptor).duplicate()
      return try FlashImage(adopting: own.rawValue, path: path)
    } catch let error as StorageError {
      throw .storage(error)
    } catch {
      throw .storage(StorageError(.open, path: path, underlyingError: error as? Errno))
    }
  }

  private static func partition(
    _ image: FlashImage, _ options: MountOptions
  ) throws(FirmwareError) -> Partition {
    let probe = FirmwareProbe(
      image,
      FirmwareProbe.Options(
        offset: options.offset ?? 0, length: options.length,
        endianness: options.endianness.map { $0 == .little ? .little : .big },
        spareArea: options.spareArea.flatMap {
          SpareAreaLayout(
            pageSize: Int(clamping: $0.pageSize), spareSize: Int(clamping: $0.spareSize))
        }, maxUnpacked: options.maxUnpacked, member: options.member))
    return try probe.partition()
  }

  private func scan(
    _ partition: Partition, _ options: MountOptions
  ) throws(FirmwareError) -> Volume {
    do throws(JFFS2Error) {
      return try Volume(
        scanning: partition.range,
        Volume.Options(
          endianness: options.endianness.map { $0 == .little ? .little : .big },
          eraseSize: options.eraseSize.map { UInt32(clamping: $0) },
          damagePolicy: options.damaged == .zero ? .zero : .error))
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      throw .volume(error)
    }
  }

  private func report(_ volume: Volume, _ path: String, _ log: Log) {
    let statistics = volume.statistics
    if statistics.impossibleNameCount > 0 {
      log.warning(
        "\(path): \(statistics.impossibleNameCount) names that no directory can show are left out")
    }
    if statistics.damagedCount > 0 {
      log.warning("\(path): \(statistics.damagedCount) nodes with a wrong node CRC are left out")
    }
  }

  /// What was found, in one line.
  private static func summary(_ partition: Partition, _ volume: Volume) -> String {
    let order = volume.dialect.endianness == .little ? "little-endian" : "big-endian"
    let container = partition.containers.reversed().map { " in \($0)" }.joined()
    return "JFFS2\(container), \(order), \(volume.range.length) bytes at "
      + "0x\(String(partition.range.start, radix: 16)), erase blocks of "
      + "\(volume.eraseSize.byteCount) bytes (\(volume.eraseSize.reason)), "
      + "\(volume.statistics.nodeCount) nodes"
  }
}

extension FirmwareError {
  /// Whether the input could not be read, or holds nothing to be mounted.
  fileprivate var exitCode: ExitCode {
    switch self {
    case .storage: .system
    default: .usage
    }
  }
}
