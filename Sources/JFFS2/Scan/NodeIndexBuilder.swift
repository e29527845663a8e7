/// Gathers from the log what the mount needs: all live nodes with a good node CRC.
struct NodeIndexBuilder: NodeVisitor {
  private let endianness: Endianness
  private let range: FlashRange
  var inodeNodes: [InodeNode] = []
  var dirents: [Dirent] = []
  var names: [UInt8] = []
  var xattrs: [XattrDatum] = []
  var xrefs: [XattrReference] = []
  var statistics = ScanStatistics()
  var eraseSizeEvidence = EraseSizeEvidence()
  /// Whether anything was met that is neither a node of ordinary length nor erased flash.
  var sawForeignData = false

  init(_ range: FlashRange, _ endianness: Endianness) {
    self.range = range
    self.endianness = endianness
  }

  mutating func visitDirt(at offset: UInt32) { statistics.dirtCount += 1 }

  mutating func visitGap(_ bytes: Span<UInt8>) {
    if !bytes.isErased(bytes.indices) { sawForeignData = true }
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    statistics.nodeCount += 1
    eraseSizeEvidence.note(header, at: offset)
    let isOrdinary =
      header.type.accurate == .cleanmarker
      ? header.totalLength == UInt32(NodeHeader.size)
      : header.totalLength <= EraseSizeEvidence.largest
    if !isOrdinary { sawForeignData = true }
    guard header.type.isAccurate else {
      statistics.obsoleteCount += 1
      return
    }
    let isGood: Bool
    switch header.type {
    case .inode: isGood = addInode(header, offset, bytes)
    case .dirent: isGood = addDirent(offset, bytes)
    case .xattr: isGood = addXattr(header, offset, bytes)
    case .xref: isGood = addXref(header, offset, bytes)
    case .cleanmarker, .padding, .summary: isGood = true
    default:
      if header.type.compatibility == .incompatible {
        throw .incompatibleNode(header.type, flashOffset: range.imageOffset(offset))
      }
      isGood = true
    }
    if !isGood { statistics.damagedCount += 1 }
  }

  private mutating func addInode(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawInode.size, RawInode.hasGoodNodeCRC(bytes, endianness) else {
      return false
    }
    let raw = RawInode(parsing: bytes, endianness)
    inodeNodes.append(
      InodeNode(raw, header: header, at: offset, rangeLength: range.length))
    return true
  }

  private mutating func addDirent(_ offset: UInt32, _ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= RawDirent.size, bytes.count >= RawDirent.size + Int(bytes[28]),
      RawDirent.hasGoodCRCs(bytes, endianness)
    else { return false }
    let raw = RawDirent(parsing: bytes, endianness)
    dirents.append(
      Dirent(
        parentIno: raw.parentIno, version: raw.version, ino: raw.ino, changeTime: raw.changeTime,
        flashOffset: offset, nameOffset: UInt32(names.count), nameLength: raw.nameLength,
        type: raw.type))
    for index in RawDirent.size..<RawDirent.size + Int(raw.nameLength) {
      names.append(bytes[index])
    }
    return true
  }

  private mutating func addXattr(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawXattr.size else { return false }
    let raw = RawXattr(parsing: bytes, endianness)
    guard raw.isWellFormed(bytes, totalLength: header.totalLength, endianness) else {
      return false
    }
    xattrs.append(XattrDatum(raw: raw, flashOffset: offset))
    return true
  }

  private mutating func addXref(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawXref.size,
      RawXref.isWellFormed(bytes, totalLength: header.totalLength, endianness)
    else { return false }
    xrefs.append(
      XattrReference(raw: RawXref(parsing: bytes, endianness), flashOffset: offset))
    return true
  }

  /// Adds what another builder gathered from the bytes behind.
  mutating func append(_ next: NodeIndexBuilder) {
    let nameOffset = UInt32(names.count)
    inodeNodes += next.inodeNodes
    dirents += next.dirents.map { $0.movingName(by: nameOffset) }
    names += next.names
    xattrs += next.xattrs
    xrefs += next.xrefs
    statistics.add(next.statistics)
    eraseSizeEvidence.add(next.eraseSizeEvidence)
    sawForeignData = sawForeignData || next.sawForeignData
  }
}
