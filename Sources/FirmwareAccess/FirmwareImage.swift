package import Firmware
package import JFFS2
package import Storage
internal import Support

/// A firmware with the file systems that were found in it.
package struct FirmwareImage: Sendable {
  /// A file system of the firmware.
  package struct FileSystem: Sendable {
    /// The partition's name as a directory of that name would be called; no two are alike.
    package let name: String
    package let partition: Partition
    package let volume: Volume
    /// The damage that the nodes show without their payloads, in the order of a report.
    package let damage: [Finding]

    package init(name: String, partition: Partition, volume: Volume, damage: [Finding]) {
      self.name = name
      self.partition = partition
      self.volume = volume
      self.damage = damage
    }
  }

  /// As the user gave it, for messages.
  package private(set) var path: String
  /// The file as it is, with nothing taken off.
  package let image: FlashImage
  /// By their offsets; none only where any firmware is accepted.
  package let fileSystems: [FileSystem]
  /// Whether a file system cannot be read and is left out.
  package let isIncomplete: Bool
  /// Warnings for the user, one line per warning.
  package let warnings: [String]
  /// Those of the warnings that report damaged or missing bytes.
  package let damage: [String]
  /// Why there are no file systems.
  package let failure: ProgramError?
  /// Whether the reason is that all JFFS2 is outside the partitions that the user gave.
  package let isOutsideTable: Bool
  /// All that were found, whether they are among ``fileSystems`` or not.
  private var partitions: [Partition]
  private let probe: FirmwareProbe
  /// The maximum number of bytes that may be unpacked.
  package let maxUnpacked: UInt64

  /// Finds the file systems of an open file and reads their logs.
  ///
  /// One of several that cannot be read is left out with a warning.
  ///
  /// - Parameter style: How messages write options.
  /// - Throws: ``ProgramError``.
  package init(
    loading file: FirmwareFile, _ options: InputOptions, _ style: OptionStyle = .long
  ) throws(ProgramError) {
    (path, image, maxUnpacked) = (file.path, file.image, options.probe.maxUnpacked)
    probe = Self.probe(file, options, style)
    do throws(FirmwareError) {
      partitions = try probe.partitions()
      file.allowMemory(forByteCount: partitions.byteCount)
    } catch {
      let failure = ProgramError(error, Self.place(of: error, file, options.probe), style)
      guard options.takesAnyFirmware, error.isOfContents else { throw failure }
      self.failure = failure
      if case .inNoPartition = error { isOutsideTable = true } else { isOutsideTable = false }
      (partitions, fileSystems, warnings, damage, isIncomplete) = ([], [], [], [], false)
      return
    }
    failure = nil
    isOutsideTable = false
    let names = VolumeNames.unique(partitions.map(\.name))
    let chosen: [Int]
    do throws(PartitionNotFoundError) {
      let isOnly = options.takesOnlyFileSystem && partitions.count == 1
      chosen = try partitions.indices(named: isOnly ? nil : options.partition)
    } catch {
      guard options.takesAnyPart else {
        var error = error
        let parts = (try? partitions.parts(of: image, probe.chosenRange()))?.list ?? []
        let contents = parts.first { $0.name == error.wanted }?.contents
        if let contents, contents.isKnown { error.contents = contents.label }
        throw ProgramError("\(file.path): \(error)", .usage)
      }
      chosen = []
    }
    var fileSystems: [FileSystem] = []
    var warnings: [String] = []
    var damage: [String] = []
    var firstError: ProgramError?
    for index in chosen {
      var partition = partitions[index]
      // The volume keeps what it needs of the scan.
      let log = partition.log
      (partition.log, partitions[index].log) = (nil, nil)
      for warning in partition.warnings where !warnings.contains(warning) {
        warnings.append(warning)
      }
      for flaw in partition.flaws where !damage.contains(flaw) { damage.append(flaw) }
      do throws(JFFS2Error) {
        let volume = try Volume(scanning: partition.range, options.volume, reusing: log)
        fileSystems.append(
          FileSystem(
            name: names[index], partition: partition, volume: volume, damage: volume.indexDamage))
      } catch {
        guard chosen.count > 1 || options.takesAnyPart else {
          throw ProgramError(error, file.path)
        }
        firstError = firstError ?? ProgramError(error, "\(file.path): \(names[index])")
        let line = "\(names[index]): left out: \(error)"
        warnings.append(line)
        damage.append(line)
      }
    }
    // The first of several that cannot be read says why none can.
    if fileSystems.isEmpty, !options.takesAnyPart, let firstError { throw firstError }
    isIncomplete = fileSystems.count < chosen.count
    self.fileSystems = fileSystems
    self.warnings = warnings
    self.damage = damage
  }

  /// The file's name, and the range that the user gave if its bytes are all the same.
  private static func place(
    of error: FirmwareError, _ file: FirmwareFile, _ options: FirmwareProbe.Options
  ) -> String {
    guard error == .blank || error == .zeros, options.offset > 0 || options.length != nil else {
      return file.path
    }
    let end = options.length.map { " to \((options.offset + $0).hexadecimal)" } ?? " on"
    return "\(file.path): from \(options.offset.hexadecimal)\(end)"
  }

  /// Opens a firmware and loads it, in a process that keeps its rights.
  package init(_ options: InputOptions) throws(ProgramError) {
    try self.init(loading: FirmwareFile(options), options)
  }

  private static func probe(
    _ file: FirmwareFile, _ options: InputOptions, _ style: OptionStyle
  ) -> FirmwareProbe {
    var probe = options.probe
    probe.spelling = style.text
    probe.scratchFile = file.scratchFile
    return FirmwareProbe(file.image, probe)
  }
}

extension FirmwareImage {
  /// The same firmware under another name, for a file with the same bytes.
  package func renamed(_ path: String) -> FirmwareImage {
    var copy = self
    copy.path = path
    return copy
  }

  /// The names of the UBI volumes that are file systems.
  package var volumeNames: [String] {
    partitions.filter { $0.containers.contains(where: \.isUBIVolume) }.map(\.name)
  }

  /// All parts of the image that holds the file systems, or of the file, or the range of it that is read, where they are in several, or where
  /// there are none.
  ///
  /// Reads all of it that is in no file system.
  package func parts() throws(ProgramError) -> FlashParts {
    do {
      guard failure == nil else { return try probe.partsWithoutJFFS2() }
      return try partitions.parts(of: image, try probe.chosenRange())
    } catch {
      throw ProgramError("\(path): \(error)", .failure)
    }
  }
  /// The damage of each file system in one line, with the file system's name if there are several.
  ///
  /// - Parameter text: Makes a path printable.
  package func damageSummaries(_ text: ([UInt8]) -> String) -> [String] {
    fileSystems.compactMap { fileSystem in
      fileSystem.damage.summary(text).map {
        fileSystems.count > 1 ? "\(fileSystem.name): \($0)" : $0
      }
    }
  }

  /// The only file system, for a command that can use one.
  ///
  /// - Throws: ``ProgramError`` with `.usage` that names them if there are several.
  package func onlyFileSystem() throws(ProgramError) -> FileSystem {
    guard fileSystems.count == 1 else {
      let list = fileSystems.map(\.name).joined(separator: ", ")
      throw ProgramError(
        "\(path): contains several file systems: \(list); choose one with --partition NAME", .usage)
    }
    return fileSystems[0]
  }
}

extension [Partition] {
  fileprivate var byteCount: UInt64 { reduce(0) { $0 + UInt64($1.range.length) } }
}
