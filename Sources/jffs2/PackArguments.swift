import FirmwareAccess
import ArgumentParser
import Commands
import Firmware
import JFFS2
import Storage

/// How the firmware that is replaced is read.
struct OldFirmwareArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "One of several file systems in OLD: its name, its number from 0, or its 0x offset.",
      valueName: "name"),
    completion: .partitionName)
  var partition: String?

  @Option(
    help: ArgumentHelp("Begin at this byte of OLD.", valueName: "size"), transform: ByteCount.init)
  var offset: ByteCount?

  @Option(
    help: ArgumentHelp("Read this much of OLD.", valueName: "size"), transform: ByteCount.init)
  var length: ByteCount?

  @Option(
    help: ArgumentHelp("Partitions of OLD, in the kernel's syntax or as @FILE.", valueName: "spec"))
  var mtdparts: PathArgument?

  @Option(
    help: ArgumentHelp("The file in OLD, which is an archive.", valueName: "name"),
    completion: .memberName)
  var member: String?

  @Option(help: "Byte order: little or big.")
  var endian: Endianness?

  @Option(
    help: ArgumentHelp("The bytes of an erase block (64k, or as in OLD).", valueName: "size"),
    transform: ByteCount.init)
  var eraseSize: ByteCount?

  @Option(
    help: ArgumentHelp("How much may be unpacked in total (1G).", valueName: "size"),
    transform: ByteCount.init)
  var maxUnpacked: ByteCount?

  /// Whether anything was said that is about an old firmware only.
  var isUsed: Bool {
    partition != nil || offset != nil || length != nil || mtdparts != nil || member != nil
  }

  /// The most bytes that may be unpacked.
  var limit: UInt64 { maxUnpacked?.value ?? FirmwareProbe.Options().maxUnpacked }

  func checkedEraseSize() throws -> UInt32? {
    guard let eraseSize else { return nil }
    guard eraseSize.value.isMultiple(of: 4), 4096...1 << 24 ~= eraseSize.value else {
      throw ValidationError("--erase-size must be a multiple of 4 from 4096 to 16M")
    }
    return UInt32(eraseSize.value)
  }

  func options(_ firmware: PathArgument) throws(ProgramError) -> InputOptions {
    var probe = FirmwareProbe.Options(
      offset: offset?.value ?? 0, length: length?.value, endianness: endian, member: member)
    probe.maxUnpacked = limit
    probe.table = try MTDParts.table(mtdparts)
    return InputOptions(
      path: firmware.filePath, probe: probe,
      volume: Volume.Options(
        endianness: endian, eraseSize: eraseSize.map { UInt32(clamping: $0.value) }),
      partition: partition)
  }
}

/// How the new file system is written, where it is not as in the old one.
struct FormatArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compressors, with commas: none, zlib, rtime, lzo, lzma (zlib,rtime, or as in OLD).",
      valueName: "names"))
  var compression: String?

  @Option(
    help: ArgumentHelp("The device's page of memory (4k).", valueName: "size"),
    transform: ByteCount.init)
  var pageSize: ByteCount?

  @Option(
    help: ArgumentHelp(
      "Fill up with erased blocks to this size; 0 means the end of the last one.",
      valueName: "size"),
    transform: ByteCount.init)
  var pad: ByteCount?

  @Flag(inversion: .prefixedNo, help: "End each erase block with a summary of it.")
  var summary: Bool?

  @Flag(inversion: .prefixedNo, help: "Begin each erase block with a cleanmarker; not on NAND.")
  var cleanmarkers: Bool?

  func apply(to options: inout PackOptions) throws {
    options.compressions = try compression.map(Self.compressions)
    if let pageSize {
      guard pageSize.value.nonzeroBitCount == 1, 4096...65536 ~= pageSize.value else {
        throw ValidationError("--page-size must be 4k, 8k, 16k, 32k or 64k")
      }
      options.pageSize = Int(pageSize.value)
    }
    options.padding = pad?.value
    options.hasSummaries = summary
    options.hasCleanmarkers = cleanmarkers
  }

  private static func compressions(_ list: String) throws -> Set<Compression> {
    if list == "none" { return [] }
    return Set(
      try list.split(separator: ",", omittingEmptySubsequences: false).map { name in
        guard let known = ImageFormat.writableCompressions.first(where: { $0.name ?? "" == name })
        else { throw ValidationError("--compression: no such compressor: \(name)") }
        return known
      })
  }
}
