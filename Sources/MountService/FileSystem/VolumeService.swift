internal import FUSE
internal import Firmware
internal import Glibc
internal import JFFS2
internal import Sandbox
internal import Storage
internal import SystemPackage

/// The worker's job for JFFS2: find the file system in the firmware, read its log, answer the kernel.
package struct VolumeService: WorkerService {
  private var fileSystem: (any CountingFileSystem)?
  private let unpackingFile = UnpackingFile()

  package init() {}

  package var requestCount: UInt64 { fileSystem?.requestCount ?? 0 }

  package func openBeforehand() { unpackingFile.open() }

  package mutating func prepare(
    descriptor: Int32, path: String, options: MountOptions, log: Log
  ) throws(StartupFailure) -> String {
    setLogHandler { level, text in
      log.writeLimited("libfuse: \(text)", level: level <= .error ? .error : .debug)
    }
    let partitions: [Partition]
    let image: FlashImage
    do throws(FirmwareError) {
      image = try open(descriptor, path)
      partitions = try Self.partitions(image, options, unpackingFile)
    } catch {
      throw error.startupFailure(path)
    }
    let chosen = try Self.choose(partitions, options, path)
    if options.sandbox {
      MemoryLimit.raise(
        imageByteCount: max(image.byteCount, partitions.reduce(0) { $0 + UInt64($1.range.length) }),
        threadCount: options.threadLimit)
    }
    do throws(FirmwareError) {
      return try open(chosen, path, options, log)
    } catch {
      throw error.startupFailure(path)
    }
  }

  /// Reads the volumes and makes one file system of them.
  private mutating func open(
    _ partitions: [Partition], _ path: String, _ options: MountOptions, _ log: Log
  ) throws(FirmwareError) -> String {
    let names = VolumeNames.unique(partitions.map(\.name))
    var volumes: [any MountedVolume] = []
    var served: [String] = []
    var summaries: [String] = []
    var failure: FirmwareError?
    // The containers are the same for each partition, and so are the warnings about them.
    var told: Set<String> = []
    for (index, named) in partitions.enumerated() {
      let label = partitions.count > 1 ? "\(path) (\(names[index]))" : path
      for warning in named.warnings where told.insert(warning).inserted {
        log.warning("\(path): \(warning)")
      }
      let mounted: any MountedVolume
      let numbering = partitions.count > 1 ? InodeNumbering.volume(volumes.count) : .single
      do throws(FirmwareError) {
        mounted = try mount(try scan(named, options), numbering, label, options, log)
      } catch {
        // One that cannot be served does not take the others along.
        guard partitions.count > 1 else { throw error }
        log.warning("\(label): left out: \(error.mountMessage)")
        failure = error
        continue
      }
      report(mounted.volume, label, log)
      let summary = Self.summary(named, mounted.volume)
      if partitions.count > 1 { log.notice("\(label): \(summary)") }
      summaries.append(summary)
      served.append(names[index])
      volumes.append(mounted)
    }
    if volumes.isEmpty, let failure { throw failure }
    guard partitions.count > 1 else {
      fileSystem = volumes[0]
      return summaries[0]
    }
    fileSystem = MultiVolumeFileSystem(
      volumes, names: served,
      owner: (options.userID ?? getuid(), options.groupID ?? getgid()))
    return "\(volumes.count) file systems: " + served.joined(separator: ", ")
  }

  /// A volume as a file system, with its history where it is requested.
  private func mount(
    _ volume: Volume, _ numbering: InodeNumbering, _ label: String, _ options: MountOptions,
    _ log: Log
  ) throws(FirmwareError) -> any MountedVolume {
    let ownership = Ownership(
      uid: options.userID, gid: options.groupID, umask: options.umask ?? 0)
    func fileSystem(
      _ volume: Volume, _ numbering: InodeNumbering, directory: String = ""
    ) -> VolumeFileSystem {
      VolumeFileSystem(
        volume, ownership: ownership, checksPermissions: options.sharesWithOthers,
        numbering: numbering, directory: directory
      ) { text in log.writeLimited("\(label): \(text())", level: .error) }
    }
    let current = fileSystem(volume, numbering)
    guard options.history else { return current }
    let past: Volume
    do throws(JFFS2Error) {
      past = try History(volume).tree().volume
    } catch {
      throw FirmwareError(reading: error)
    }
    let name = HistoryFileSystem.name(in: volume)
    let directory = "/" + String(decoding: name, as: UTF8.self)
    return HistoryFileSystem(
      current, past: fileSystem(past, numbering.history, directory: directory), name: name)
  }

  package func serve(descriptor: Int32, options: MountOptions) throws(StartupFailure) {
    guard let fileSystem else { return }
    do {
      // The session closes the descriptor that it is given.
      let own = try FileDescriptor(rawValue: descriptor).duplicate()
      var session = try Session(
        fileSystem,
        options: SessionOptions(
          arguments: options.sessionOptions, debug: options.debug))
      try session.mount(at: FilePath("/dev/fd/\(own.rawValue)"))
      let idleThreads = options.maxIdleThreads ?? 10
      try session.serve(
        threads: options.singleThreaded
          ? .single : .multi(maxIdle: idleThreads, maxThreads: options.maxThreads ?? 10),
        cloneDescriptor: options.cloneDescriptor)
    } catch {
      throw StartupFailure("cannot serve the mount: \(error)", .system)
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

  private func scan(
    _ partition: Partition, _ options: MountOptions
  ) throws(FirmwareError) -> Volume {
    do throws(JFFS2Error) {
      return try Volume(
        scanning: partition.range,
        Volume.Options(
          endianness: options.endianness,
          eraseSize: options.eraseSize.map { UInt32(clamping: $0) },
          damagePolicy: options.damaged),
        known: partition.log)
    } catch {
      throw FirmwareError(reading: error)
    }
  }

  private func report(_ volume: Volume, _ path: String, _ log: Log) {
    let statistics = volume.statistics
    if statistics.impossibleNameCount > 0 {
      log.warning(
        "\(path): left out: \(statistics.impossibleNameCount.counted("name")) that no directory can contain"
      )
    }
    if let summary = volume.indexDamage.summary({ String(decoding: $0, as: UTF8.self) }) {
      log.warning("\(path): \(summary)")
    }
  }

  /// A description of the file system, in one line.
  private static func summary(_ partition: Partition, _ volume: Volume) -> String {
    let borders =
      partition.source == .wholeImage || partition.source == .wholeVolume
      ? "" : " (\(partition.source))"
    let order = volume.dialect.endianness == .little ? "little-endian" : "big-endian"
    let container = partition.containers.reversed().map { " in \($0)" }.joined()
    return "JFFS2\(container)\(borders), \(order), \(volume.range.length) bytes at "
      + "0x\(String(partition.offset, radix: 16)), erase blocks of "
      + "\(volume.eraseSize.byteCount) bytes (\(volume.eraseSize.reason)), "
      + volume.statistics.nodeCount.counted("node")
  }
}

extension FirmwareError {
  /// The error of a file system that was found and cannot be read.
  fileprivate init(reading error: JFFS2Error) {
    if case .storage(let error) = error { self = .storage(error) } else { self = .volume(error) }
  }

  /// The line for the user; the exit code shows whether the input could not be read, or holds nothing to be mounted.
  fileprivate func startupFailure(_ path: String) -> StartupFailure {
    switch self {
    case .storage(let error) where error.namesFile:
      StartupFailure("\(error)", .system)
    case .storage: StartupFailure("\(path): \(mountMessage)", .system)
    default: StartupFailure("\(path): \(mountMessage)", .usage)
    }
  }
}
