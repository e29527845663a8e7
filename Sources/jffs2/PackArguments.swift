import FirmwareAccess
import ArgumentParser
import Commands
import Firmware
import JFFS2
import Storage

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
        else {
          let names = ImageFormat.writableCompressions.compactMap(\.name).joined(separator: ", ")
          throw ValidationError(
            "--compression: no such compressor: \(name); there are none, \(names)")
        }
        return known
      })
  }
}
