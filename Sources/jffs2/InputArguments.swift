public import ArgumentParser
internal import Firmware
internal import Commands
internal import FirmwareAccess
public import JFFS2
internal import Storage

/// The firmware and the options that say how to read it, the same for all commands.
struct InputArguments: ParsableArguments {
  @Argument(
    help: "Firmware: an image, a uImage, an archive, a dump or a device; - for standard input.",
    completion: .file())
  var firmware: PathArgument

  @OptionGroup(title: "Input options") var reading: ReadingArguments

  init() {}

  init(_ firmware: PathArgument, _ reading: ReadingArguments) {
    self.firmware = firmware
    self.reading = reading
  }

  /// The options as the library takes them.
  func options() throws -> InputOptions { try reading.options(firmware) }
}

/// How a firmware is read.
struct ReadingArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Offset of the image in the file.", valueName: "size"),
    transform: ByteCount.init)
  var offset: ByteCount?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of bytes to read.", valueName: "size"),
    transform: ByteCount.init)
  var length: ByteCount?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Partitions of a flash dump, in the kernel's syntax: flash:256k(boot),1M(rootfs),-(data); or @FILE: a file with such a table, /proc/mtd or the boot log.",
      valueName: "spec"))
  var mtdparts: PathArgument?

  @Option(
    help: ArgumentHelp(
      "File system to read: name, number (from 0) or 0x offset.",
      valueName: "name"),
    completion: .partitionName)
  var partition: String?

  @Option(
    help: ArgumentHelp(
      "Archive member to read, by its full path or the end of it.", valueName: "name"),
    completion: .memberName)
  var member: String?

  @Option(
    help: ArgumentHelp(
      "Layout of a NAND dump with spare areas, such as 2048+64.", valueName: "page+spare"),
    transform: Self.spareArea)
  var oob: NANDPageLayout?

  @Option(help: "Byte order.")
  var endian: Endianness?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Erase block size.", valueName: "size"),
    transform: ByteCount.init)
  var eraseSize: ByteCount?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Limit on total unpacked data (default 1G).", valueName: "size"),
    transform: ByteCount.init)
  var maxUnpacked: ByteCount?

  @Option(help: "How to read lost data; zero is kernel behavior.")
  var damaged: Volume.DamagePolicy?

  private static func spareArea(_ text: String) throws -> NANDPageLayout {
    guard let layout = NANDPageLayout(parsing: text) else {
      throw ValidationError("not page and spare size such as 2048+64")
    }
    return layout
  }

  /// The most bytes that may be unpacked.
  var limit: UInt64 { maxUnpacked?.value ?? FirmwareProbe.Options().maxUnpacked }

  /// The erase size.
  ///
  /// - Throws: `ValidationError` for one that no flash has.
  func checkedEraseSize() throws -> UInt32? {
    guard let eraseSize else { return nil }
    guard eraseSize.value.isMultiple(of: 4), 4096...1 << 31 ~= eraseSize.value else {
      throw ValidationError("--erase-size must be a multiple of 4 and at least 4096")
    }
    return UInt32(eraseSize.value)
  }

  /// The options as the library takes them, without a table of partitions.
  ///
  /// - Throws: `ValidationError` for an erase size that no flash has.
  func options(_ firmware: PathArgument) throws -> InputOptions {
    var probe = FirmwareProbe.Options(
      offset: offset?.value ?? 0, length: length?.value, endianness: endian, spareArea: oob,
      member: member)
    probe.maxUnpacked = limit
    return InputOptions(
      path: firmware.filePath, probe: probe,
      volume: Volume.Options(
        endianness: endian, eraseSize: try checkedEraseSize(), damagePolicy: damaged ?? .error),
      partition: partition)
  }

  /// The table of partitions, which may be in a file.
  func table() throws(ProgramError) -> MTDParts? { try MTDParts.table(mtdparts) }
}

extension MTDParts {
  /// The table that `--mtdparts` gives, which may be in a file; nil without the option.
  fileprivate static func table(_ argument: PathArgument?) throws(ProgramError) -> MTDParts? {
    guard let argument else { return nil }
    do throws(MTDParts.ArgumentError) {
      return try MTDParts(argument: argument.bytes)
    } catch {
      switch error {
      case .invalid: throw ProgramError("--\(error)", .usage)
      case .invalidFile: throw ProgramError("\(error)", .usage)
      case .unreadableFile: throw ProgramError("\(error)", .failure)
      }
    }
  }
}

/// A number of bytes as people write it: 65536, 64k, 1M, 0x10000.
struct ByteCount {
  let value: UInt64

  init(_ argument: String) throws {
    guard let value = ByteSize.parse(argument), value <= UInt64(Int64.max) else {
      throw ValidationError("not a size such as 0x40000 or 256k")
    }
    self.value = value
  }
}

extension Volume.DamagePolicy: ExpressibleByArgument {}

extension Endianness: ExpressibleByArgument {
  /// The order that `little` or `big` names.
  public init?(argument: String) { self.init(named: argument) }

  /// The names, for help and completion.
  public static var allValueStrings: [String] { ["little", "big"] }
}
