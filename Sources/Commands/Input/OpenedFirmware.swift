package import Firmware
internal import Glibc
package import JFFS2
package import Sandbox
package import Storage
internal import SystemPackage

/// A firmware with the file systems that were found in it.
package struct OpenedFirmware: Sendable {
  /// A file system of the firmware.
  package struct FileSystem: Sendable {
    /// The partition's name as a directory of that name would be called; no two are alike.
    package let name: String
    package let partition: Partition
    package let volume: Volume
    /// The damage that the nodes show without their payloads, in the order of a report.
    package let damage: [Finding]
  }

  /// As the user gave it, for messages.
  package let path: String
  /// The file as it is, with nothing taken off.
  package let image: FlashImage
  /// One or more, by their offsets.
  package let fileSystems: [FileSystem]
  /// The warnings for the user, one line each.
  package let warnings: [String]
  /// Whether a file system cannot be read and is left out.
  private let isIncomplete: Bool
  /// Which of the warnings show that bytes are damaged or missing.
  package let damage: [String]
  /// The limit on written contents.
  package let contentLimit: ContentLimit

  /// Opens the firmware, finds the file systems and reads their logs.
  ///
  /// One of several that cannot be read is left out with a warning.
  ///
  /// - Parameters:
  ///   - confinement: What the process keeps from before the first byte is examined; nil for all.
  ///   - isQuiet: Shows no line on a terminal while a long search continues.
  /// - Throws: ``CommandFailure`` with `.unreadable`; `.usage` where there is no such partition.
  package init(
    _ options: InputOptions, confinement: Confinement? = nil, isQuiet: Bool = true
  ) throws(CommandFailure) {
    let image: FlashImage
    do throws(StorageError) {
      image = try FlashImage(opening: options.path)
    } catch {
      // It names the file itself.
      throw CommandFailure("\(error)", .unreadable)
    }
    if let confinement { Self.confine(confinement, image, options) }
    let showsSearch = Progress.isShown(isQuiet: isQuiet)
    self = try inOwnThread { () throws(CommandFailure) in
      try OpenedFirmware(
        reading: image, options, isConfined: confinement != nil, isQuiet: !showsSearch)
    }
  }

  /// Finds the file systems and reads their logs.
  private init(
    reading image: FlashImage, _ options: InputOptions, isConfined: Bool, isQuiet: Bool
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
          imageByteCount: max(image.byteCount, unpacked), threadCount: Self.threadLimit)
      }
    } catch {
      if case .storage(let error) = error, error.namesFile {
        throw CommandFailure("\(error)", .unreadable)
      }
      throw CommandFailure("\(options.path.string): \(error.commandMessage)", .unreadable)
    }
    let names = VolumeNames.unique(partitions.map(\.name))
    let chosen = try Self.choose(options.partition, partitions, options.path.string)
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
        "\(path): contains several file systems: \(list); choose one with --partition NAME", .usage)
    }
    return fileSystems[0]
  }

  /// More than any command starts; for the memory of their stacks.
  private static let threadLimit: UInt64 = 128

  /// Opens what will be needed, then gives the rest up, what the command was started with included. What an older system cannot forbid
  /// stays possible.
  private static func confine(
    _ confinement: Confinement, _ image: FlashImage, _ options: InputOptions
  ) {
    let unpackingFile = options.probe.unpackingFile.openedDescriptor()
    tzset()
    ArchiveWriter.prepare()
    // Where a firmware is read from standard input, it has a separate descriptor by now.
    Confinement.detachInput()
    Confinement.keepOnly(
      [image.rawDescriptor, unpackingFile]
        + [confinement.output, confinement.target?.descriptor].compactMap(\.self))
    var confinement = confinement
    confinement.fileSize = fileSize(confinement, options.probe.maxUnpacked)
    confinement.memory = MemoryLimit(
      imageByteCount: image.byteCount, unpackedByteCount: options.probe.maxUnpacked,
      threadCount: threadLimit)
    _ = confinement.apply()
  }

  /// The maximum length of a file. The current and final sizes of standard output and error, and of the file to write, are unknown, and how long they
  /// legitimately get.
  private static func fileSize(_ confinement: Confinement, _ maxUnpacked: UInt64) -> UInt64? {
    guard ![1, 2, confinement.output ?? 1].contains(where: isRegularFile) else { return nil }
    return confinement.target == nil ? maxUnpacked : max(maxUnpacked, longestFile)
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
