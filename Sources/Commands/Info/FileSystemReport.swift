internal import Firmware
internal import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Support

/// A file system as printed by `info`.
struct FileSystemReport: Encodable, Sendable {
  /// Numbers of nodes of one type.
  struct NodeCount: Encodable, Sendable {
    let type: String
    let count: Int
    /// The number per state, without states that do not occur.
    let states: [String: Int]
  }

  struct CompressorCount: Encodable, Sendable {
    let name: String
    let nodes: Int
    let compressedBytes: UInt64
    let decompressedBytes: UInt64
  }

  struct Bytes: Encodable, Sendable {
    let live, reclaimable, free, damaged, foreign: UInt64

    init(_ counts: UsageCounts) {
      (live, reclaimable, free) = (counts[.live], counts[.reclaimable], counts[.free])
      (damaged, foreign) = (counts[.damaged], counts[.foreign])
    }
  }

  let name: String
  let offset: UInt64
  let length: UInt32
  /// How the boundaries are known: `whole`, `volume`, `given`, `table` or `inferred`.
  let boundaries: String
  /// The offset of the partition table, if the image contains it.
  let tableOffset: UInt64?
  let byteOrder: String
  let magic: String
  let eraseSize: UInt32
  let eraseSizeReason: String
  let bytes: Bytes
  let nodes: [NodeCount]
  let compressors: [CompressorCount]
  let largestChunk: UInt32
  let cleanmarkers: Int
  let cleanmarkerLength: UInt32?
  let summaries: Int
  let orphanedInodes: Int
  let damagedNodes: Int
  /// The findings without reading payloads, in the order of a report.
  let findings: [Finding]
  let tree: TreeTotals
  /// The command lines that would make the file system again, and what they cannot.
  let rebuild: RebuildCommands

  let source: PartitionCandidate.Source

  private enum CodingKeys: String, CodingKey {
    case name, offset, length, boundaries, tableOffset, byteOrder, magic, eraseSize, eraseSizeReason
    case bytes, nodes, compressors, largestChunk, cleanmarkers, cleanmarkerLength, summaries
    case orphanedInodes, damagedNodes, findings, tree, rebuild
  }

  /// - Throws: `.storage`.
  init(_ index: Int, of firmware: FirmwareImage, _ tree: ImageTree) throws(JFFS2Error) {
    let fileSystem = firmware.fileSystems[index]
    let volume = fileSystem.volume
    let usage = try FlashUsage(volume)
    name = fileSystem.name
    (offset, length) = (fileSystem.partition.offset, volume.range.length)
    source = fileSystem.partition.source
    (boundaries, tableOffset) =
      switch source {
      case .wholeImage: ("whole", nil)
      case .wholeVolume: ("volume", nil)
      case .givenTable, .givenRange: ("given", nil)
      case .tableInImage(let offset, _): ("table", offset)
      case .inferred: ("inferred", nil)
      }
    byteOrder = volume.dialect.endianness == .little ? "little" : "big"
    magic = volume.dialect.magic.hexadecimal
    (eraseSize, eraseSizeReason) = (volume.eraseSize.byteCount, "\(volume.eraseSize.reason)")
    bytes = Bytes(usage.bytes)
    nodes = Self.counts(usage.nodes)
    compressors = usage.nodes.compressions.sorted { $0.key.rawValue < $1.key.rawValue }.map {
      CompressorCount(
        name: $0.key.name ?? "number \($0.key.rawValue)", nodes: $0.value.nodeCount,
        compressedBytes: $0.value.storedBytes, decompressedBytes: $0.value.expandedBytes)
    }
    largestChunk = usage.nodes.largestChunk
    cleanmarkers = usage.nodes.count(.cleanmarker)
    cleanmarkerLength = usage.nodes.cleanmarkerLength
    summaries = usage.nodes.count(.summary)
    orphanedInodes = usage.nodes.orphanedInodeCount
    damagedNodes = usage.nodes.count(.damaged)
    findings = volume.addingPaths(to: volume.integrityFindings)
    self.tree = TreeTotals(tree, below: tree.rootOfFileSystem(index), volume)
    rebuild = RebuildCommands(
      fileSystem, usage, firmware, isOnlyOne: firmware.fileSystems.count == 1)
  }

  private static func counts(_ census: NodeStatistics) -> [NodeCount] {
    census.counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { type, states in
      NodeCount(
        type: type.name ?? type.rawValue.hexadecimal,
        count: states.values.reduce(0, +),
        states: Dictionary(
          states.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { $0 + $1 }))
    }
  }
}
