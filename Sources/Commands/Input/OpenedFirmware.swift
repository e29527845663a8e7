package import Firmware
internal import Glibc
package import JFFS2
package import Sandbox
package import Storage
internal import Support
internal import SystemPackage

/// A firmware with the file systems that were found in it.
package struct OpenedFirmware: Sendable {
  /// A file system of the firmware.
  package struct FileSystem: Sendable {
    /// The partition's name as a folder of that name would be called; no two are alike.
    package let name: String
    package let partition: Partition
    package let volume: Volume
    /// The damage that the nodes show without their payloads, in the order of a report.
    package let damage: [Finding]
  }

  /// As the user gave it, for messages.
  package private(set) var path: String
  /// The file as it is, with nothing taken off.
  package let image: FlashImage
  /// By their offsets; none only where any firmware is taken.
  package let fileSystems: [FileSystem]
  /// What a person should know, a line each.
  package let warnings: [String]
  /// Whether a file system cannot be read and is left out.
  private let isIncomplete: Bool
  /// Which of the warnings tell that bytes are damaged or missing.
  package let damage: [String]
  /// Why there are no file systems.
  package let failure: CommandFailure?
  /// All that were found, whether they are among ``fileSystems`` or not.
  private let partitions: [Partition]
  private let probe: FirmwareProbe
  /// What may be written of the contents.
  package let contentLimit: ContentLimit

  /// Opens the firmware, finds the file systems and reads their logs.
  ///
  /// One of several that cannot be read is left out with a warning.
  ///
  /// - Parameters:
  ///   - confinement: What the process keeps from before the first byte is looked at; nil for all.
  ///   - isQuiet: Shows no line on a terminal while a long search goes on.
  /// - Throws: ``CommandFailure`` with `.unreadable`; `.usage` where there is no such partition.
  package init(
    _ options: InputOptions, confinement: Confinement? = nil, isQuiet: Bool = true
  ) throws(CommandFailure) {
    let image = try Self.image(options)
    if let confinement { Self.confine(confinement, [image], [options]) }
    let showsSearch = Progress.isShown(isQuiet: isQuiet)
    self = try inOwnThread { () throws(CommandFailure) in
      try OpenedFirmware(
        reading: image, options, isConfined: confinement != nil, isQuiet: !showsSearch)
    }
  }

  /// Opens several firmware files before the first byte of any is looked at. Two that have the same bytes are read once.
  ///
  /// - Throws: as ``init(_:confinement:isQuiet:)``.
  package static func open(
    _ options: [InputOptions], confinement: Confinement, isQuiet: Bool = true
  ) throws(CommandFailure) -> [OpenedFirmware] {
    var images: [FlashImage] = []
    for options in options { images.append(try image(options)) }
    confine(confinement, images, options)
    let isQuiet = !Progress.isShown(isQuiet: isQuiet)
    return try inOwnThread { () throws(CommandFailure) in
      var opened: [OpenedFirmware] = []
      for (image, options) in zip(images, options) {
        if let first = opened.first, first.image.hasSameBytes(as: image) {
          var copy = first
          copy.path = options.path.string
          opened.append(copy)
          continue
        }
        let others = opened.reduce(0) { $0 + max($1.image.byteCount, $1.unpackedByteCount) }
        opened.append(
          try OpenedFirmware(
            reading: image, options, isConfined: true, othersByteCount: others, isQuiet: isQuiet))
      }
      return opened
    }
  }

  private static func image(_ options: InputOptions) throws(CommandFailure) -> FlashImage {
    do throws(StorageError) {
      return try FlashImage(opening: options.path)
    } catch {
      // It names the file itself.
      throw CommandFailure("\(error)", .unreadable)
    }
  }

  /// The bytes of all file systems.
  private var unpackedByteCount: UInt64 {
    fileSystems.reduce(0) { $0 + UInt64($1.partition.range.length) }
  }

  /// Finds the file systems and reads their logs.
  ///
  /// - Parameter othersByteCount: The bytes of other firmware that the process has read.
  private init(
    reading image: FlashImage, _ options: InputOptions, isConfined: Bool,
    othersByteCount: UInt64 = 0, isQuiet: Bool
  ) throws(CommandFailure) {
    path = options.path.string
    self.image = image
    let line = isQuiet ? nil : SearchLine()
    defer { line?.finish() }
    var probe = options.probe
    probe.spelling = \.longOption
    if let line { probe.onSearch = { line.show($0) } }
    let partitions: [Partition]
    do throws(FirmwareError) {
      partitions = try FirmwareProbe(image, probe).partitions()
      if isConfined {
        let unpacked = partitions.reduce(0) { $0 + UInt64($1.range.length) }
        MemoryLimit.raise(
          imageByteCount: max(image.byteCount, unpacked) + othersByteCount,
          threadCount: Self.threadLimit)
      }
    } catch {
      if case .storage(let error) = error, error.namesFile {
        throw CommandFailure("\(error)", .unreadable)
      }
      let failure = CommandFailure(
        "\(options.path.string): \(error.commandMessage)", .unreadable)
      guard options.takesAnyFirmware, error.isOfContents else { throw failure }
      (self.failure, self.probe) = (failure, FirmwareProbe(image, probe))
      (self.partitions, fileSystems, warnings, damage) = ([], [], [], [])
      isIncomplete = false
      contentLimit = ContentLimit(imageByteCount: 0, least: options.probe.maxUnpacked)
      return
    }
    (failure, self.probe, self.partitions) = (nil, FirmwareProbe(image, probe), partitions)
    let names = VolumeNames.unique(partitions.map(\.name))
    let isOnly = options.takesOnlyFileSystem && partitions.count == 1
    let chosen = try Self.choose(
      isOnly ? nil : options.partition, partitions, options.path.string)
    var fileSystems: [FileSystem] = []
    var warnings: [String] = []
    var damage: [String] = []
    for index in chosen {
      let partition = partitions[index]
      for warning in partition.warnings where !warnings.contains(warning) {
        warnings.append(warning)
      }
      for flaw in partition.flaws where !damage.contains(flaw) { damage.append(flaw) }
      do throws(JFFS2Error) {
        let volume = try Volume(
          scanning: partition.range, options.volume, known: partition.log)
        fileSystems.append(
          FileSystem(
            name: names[index], partition: partition, volume: volume, damage: volume.indexDamage))
      } catch {
        guard chosen.count > 1 else {
          throw CommandFailure("\(options.path.string): \(error)", .unreadable)
        }
        warnings.append("\(names[index]): left out: \(error)")
        damage.append("\(names[index]): left out: \(error)")
      }
    }
    guard !fileSystems.isEmpty else {
      throw CommandFailure(
        "\(options.path.string): none of the \(chosen.count) file systems can be read", .unreadable)
    }
    contentLimit = ContentLimit(
      imageByteCount: fileSystems.reduce(0) { $0 + UInt64($1.partition.range.length) },
      least: options.probe.maxUnpacked)
    isIncomplete = fileSystems.count < chosen.count
    self.fileSystems = fileSystems
    self.warnings = warnings
    self.damage = damage
  }

  /// All parts of the image that holds the file systems, or of the file where they are in several, or where there are none.
  ///
  /// Reads all of it that is in no file system.
  package func parts() throws(CommandFailure) -> FlashParts {
    do {
      guard failure == nil else { return try probe.partsWithoutJFFS2() }
      return try partitions.parts(of: image)
    } catch {
      throw CommandFailure("\(path): \(error)", .unreadable)
    }
  }

  /// The damage of each file system in one line, with the file system's name if there are several.
  package var damageSummaries: [String] {
    fileSystems.compactMap { fileSystem in
      fileSystem.damage.summary(DisplayName.inMessages.text).map {
        fileSystems.count > 1 ? "\(fileSystem.name): \($0)" : $0
      }
    }
  }

  /// Whether anything is damaged or missing in what a selection of paths requests, or in what may belong to it. Where damage reads as
  /// zeros, the driver's answer is what is requested.
  package func isDamaged(_ selection: PathSelection) -> Bool {
    if selection.isEverything, isIncomplete { return true }
    return fileSystems.contains { fileSystem in
      guard fileSystem.volume.damagePolicy == .error else { return false }
      let prefix = fileSystems.count > 1 ? [Array(fileSystem.name.utf8)] : []
      // What a damaged node held is unknown; a gap that it left in a file is another finding. What no directory can show cannot be extracted.
      return fileSystem.damage.contains { finding in
        finding.kind != .damagedNode && finding.kind != .impossibleName
          && (selection.isEverything
            || finding.paths.contains { path in
              selection.selects(prefix + path.split(separator: UInt8(ascii: "/")).map(Array.init))
            })
      }
    }
  }

  /// The only file system, for a command that can use one.
  ///
  /// - Throws: ``CommandFailure`` with `.usage` that names them where there are several.
  package func onlyFileSystem() throws(CommandFailure) -> FileSystem {
    guard fileSystems.count == 1 else {
      let list = fileSystems.map(\.name).joined(separator: ", ")
      throw CommandFailure(
        "\(path): holds several file systems: \(list); choose one with --partition NAME", .usage)
    }
    return fileSystems[0]
  }

  /// More than any command starts; for the memory of their stacks.
  private static let threadLimit: UInt64 = 128

  /// Opens what will be needed, then gives the rest up, what the command was started with included. What an older system cannot forbid
  /// stays possible.
  private static func confine(
    _ confinement: Confinement, _ images: [FlashImage], _ options: [InputOptions]
  ) {
    let unpackingFiles = options.map { $0.probe.unpackingFile.openedDescriptor() }
    let maxUnpacked = options.map(\.probe.maxUnpacked).max() ?? 0
    tzset()
    ArchiveWriter.prepare()
    // Where a firmware is read from standard input, it has a descriptor of its own by now.
    Confinement.detachInput()
    Confinement.keepOnly(
      images.map(\.rawDescriptor) + unpackingFiles + confinement.readableDirectories
        + confinement.inputs
        + [confinement.output, confinement.target?.descriptor].compactMap(\.self))
    var confinement = confinement
    confinement.fileSize = fileSize(
      confinement, maxUnpacked, imageByteCount: images.map(\.byteCount).max() ?? 0)
    confinement.memory = MemoryLimit(
      imageByteCount: images.reduce(0) { $0 + $1.byteCount },
      unpackedByteCount: maxUnpacked * UInt64(max(1, images.count)), threadCount: threadLimit)
    _ = confinement.apply()
  }

  /// How long a file may get. Of standard output and error, and of the file to write, nobody knows how long they are already, and what they
  /// honestly get.
  private static func fileSize(
    _ confinement: Confinement, _ maxUnpacked: UInt64, imageByteCount: UInt64
  ) -> UInt64? {
    guard ![1, 2, confinement.output ?? 1].contains(where: isRegularFile) else { return nil }
    return confinement.target == nil
      ? maxUnpacked : max(maxUnpacked, longestFile, imageByteCount)
  }

  /// The format's sizes have 32 bits.
  private static let longestFile: UInt64 = 1 << 32

  private static func isRegularFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func choose(
    _ wanted: String?, _ partitions: [Partition], _ path: String
  ) throws(CommandFailure) -> [Int] {
    do throws(NoSuchPartition) {
      return try partitions.indices(named: wanted)
    } catch {
      throw CommandFailure("\(path): \(error)", .usage)
    }
  }
}
