package import JFFS2
package import Storage

/// Reports whether a file is a dump of a NAND flash with the spare areas still in it.
///
/// The evidence is nodes that run across a page's end: their CRCs are good only where the right number of bytes is left out there, and
/// wrong in the dump as it is. So a plain image is never mistaken for a dump.
package enum SpareAreaDetection {
  /// The layouts that are tried.
  package static let candidates = [
    (512, 16), (2048, 64), (2048, 128), (4096, 128), (4096, 224), (4096, 256), (8192, 448),
    (8192, 640), (8192, 744),
  ].compactMap { NANDPageLayout(pageSize: $0.0, oobSize: $0.1) }

  /// The number of offsets that are examined to find nodes at all, and the bytes of each.
  private static let probes = (count: 512, size: UInt64(16 << 10))

  /// The same where few bytes should be read: dumps with spare areas are rare.
  private static let fewProbes = 64

  /// The number of samples with nodes that are checked for each layout, and their size.
  private static let samples = (count: 16, size: UInt64(256 << 10))

  /// The layout of the dump in `range`, which has to start with a page and to end with a spare area.
  ///
  /// At most some 8 MiB are read to find nodes and 4 MiB for each layout that the length allows.
  ///
  /// - Returns: nil if the spare areas are uncertain.
  package static func detect(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(JFFS2Error) -> NANDPageLayout? {
    let length = range.upperBound - range.lowerBound
    let possible = candidates.filter { length > 0 && length % UInt64($0.stride) == 0 }
    guard !possible.isEmpty, let found = try findNodes(image, range, probes.count) else {
      return nil
    }
    return try best(of: possible, image, range, found)
  }

  /// The same for a dump that ends inside a page or its spare area: where a few of its nodes are damaged as it is.
  package static func detectCutDump(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(JFFS2Error) -> NANDPageLayout? {
    let length = range.upperBound - range.lowerBound
    let possible = candidates.filter {
      length > UInt64($0.stride) && length % UInt64($0.stride) != 0
    }
    guard let found = try findNodes(image, range, fewProbes) else { return nil }
    return try best(of: possible, image, range, found)
  }

  /// The evidence against a specified layout: fewer nodes are valid with it than with what fits.
  package struct Contradiction: Equatable, Sendable {
    /// The number of valid nodes in the samples.
    package let valid: Int
    /// The number that are valid with ``fit``.
    package let validWithFit: Int
    /// The layout that fits; nil for none.
    package let fit: NANDPageLayout?
  }

  /// Compares a layout with the dump as it is, and with the layout that is certain.
  ///
  /// - Returns: nil where nothing speaks against it.
  package static func contradiction(
    to layout: NANDPageLayout, _ image: FlashImage, _ range: Range<UInt64>
  ) throws(JFFS2Error) -> Contradiction? {
    guard range.upperBound - range.lowerBound >= UInt64(layout.stride),
      let found = try findNodes(image, range, probes.count)
    else { return nil }
    let given = try evidence(for: layout, image, range, found)
    guard !given.isConclusive else { return nil }
    if given.isWorseThanPlain {
      return Contradiction(valid: given.good, validWithFit: given.plainGood, fit: nil)
    }
    let others = candidates.filter { $0 != layout }
    guard let best = try best(of: others, image, range, found) else { return nil }
    let evidence = try evidence(for: best, image, range, found)
    guard evidence.good > given.good else { return nil }
    return Contradiction(valid: given.good, validWithFit: evidence.good, fit: best)
  }

  /// The number of valid nodes in a dump's samples with a layout that is known to repair some; nil if it damages others.
  ///
  /// - Parameters:
  ///   - dump: Begins with a page.
  ///   - offsets: Where nodes are, counted from the start of the dump.
  ///   - isProven: Whether the repaired nodes are enough to be certain.
  static func validCount(
    _ layout: NANDPageLayout, _ image: FlashImage, _ dump: Range<UInt64>, _ dialect: Dialect,
    _ offsets: [UInt64], isProven: Bool
  ) throws(JFFS2Error) -> Int? {
    let evidence = try evidence(for: layout, image, dump, (dialect, offsets))
    return evidence.isConclusive || isProven && evidence.isNoWorse ? evidence.good : nil
  }

  /// The most usual layout of dumps with that length; nil if a file without spare areas would have it as well.
  ///
  /// The length of whole erase blocks with spare areas is rare in other files. For fewer pages, the length must not be a multiple of the
  /// bare page size.
  static func layout(ofDumpOf byteCount: UInt64) -> NANDPageLayout? {
    let usual = NANDPageLayout(pageSize: 2048, oobSize: 64)
    return ([usual].compactMap(\.self) + candidates).first { layout in
      let (pages, rest) = byteCount.quotientAndRemainder(dividingBy: UInt64(layout.stride))
      return pages > 0 && rest == 0
        && (pages % 32 == 0 || byteCount % UInt64(layout.pageSize) != 0)
    }
  }

  private static func best(
    of possible: [NANDPageLayout], _ image: FlashImage, _ range: Range<UInt64>, _ found: NodeSamples
  ) throws(JFFS2Error) -> NANDPageLayout? {
    guard try hasInvalidNodes(image, range, found) else { return nil }
    var best: (layout: NANDPageLayout, evidence: Evidence)?
    for layout in possible {
      let evidence = try evidence(for: layout, image, range, found)
      if evidence.isConclusive, evidence.across > best?.evidence.across ?? 0 {
        best = (layout, evidence)
      }
    }
    return best?.layout
  }

  /// Whether nodes in the samples are invalid where nothing is left out; without any, no layout can be better.
  private static func hasInvalidNodes(
    _ image: FlashImage, _ range: Range<UInt64>, _ found: NodeSamples
  ) throws(JFFS2Error) -> Bool {
    let step = max(1, found.offsets.count / fewProbes)
    for index in stride(from: 0, to: found.offsets.count, by: step) {
      let start = range.lowerBound + found.offsets[index]
      let part = try FlashRange(image, start..<min(start + probes.size, range.upperBound))
      if try judge(part, found.dialect, pageSize: nil).bad > 0 { return true }
    }
    return false
  }

  /// Where headers of nodes were seen, counted from the range's start, and in which dialect.
  private typealias NodeSamples = (dialect: Dialect, offsets: [UInt64])

  private static func findNodes(
    _ image: FlashImage, _ range: Range<UInt64>, _ count: Int
  ) throws(JFFS2Error) -> NodeSamples? {
    let length = range.upperBound - range.lowerBound
    let step = max(probes.size, (length / UInt64(count) + 3) / 4 * 4)
    var places: [Dialect: [UInt64]] = [:]
    for offset in stride(from: 0, to: length, by: Int(step)) {
      let start = range.lowerBound + offset
      let part = try FlashRange(image, start..<min(start + probes.size, range.upperBound))
      for dialect in Dialect.all {
        var counter = NodeCounter(part, dialect.endianness, pageSize: nil)
        try NodeScanner(part, dialect: dialect).scan(&counter)
        if counter.headers > 0 { places[dialect, default: []].append(offset) }
      }
    }
    guard let most = places.max(by: { $0.value.count < $1.value.count }) else { return nil }
    return (most.key, most.value)
  }

  private static func evidence(
    for layout: NANDPageLayout, _ image: FlashImage, _ range: Range<UInt64>, _ found: NodeSamples
  ) throws(JFFS2Error) -> Evidence {
    let data = image.strippingOOB(layout, from: range.lowerBound)
    let (stride, pageSize) = (UInt64(layout.stride), UInt64(layout.pageSize))
    let lastPage = (range.upperBound - range.lowerBound) / stride
    let pages = max(1, samples.size / stride)
    var evidence = Evidence()
    var end: UInt64 = 0
    let step = max(1, found.offsets.count / samples.count)
    for index in Swift.stride(from: 0, to: found.offsets.count, by: step) {
      let first = max(end, found.offsets[index] / stride)
      end = max(end, min(first + pages, lastPage))
      guard first < end else { continue }
      let start = range.lowerBound
      let plain = try FlashRange(image, start + first * stride..<start + end * stride)
      evidence.addPlain(try judge(plain, found.dialect, pageSize: nil))
      let stripped = try FlashRange(data, first * pageSize..<end * pageSize)
      evidence.addStripped(try judge(stripped, found.dialect, pageSize: UInt32(pageSize)))
    }
    return evidence
  }

  private static func judge(
    _ range: FlashRange, _ dialect: Dialect, pageSize: UInt32?
  ) throws(JFFS2Error) -> NodeCounter {
    var judge = NodeCounter(range, dialect.endianness, pageSize: pageSize)
    try NodeScanner(range, dialect: dialect).scan(&judge)
    return judge
  }
}

/// The evidence for a layout.
private struct Evidence {
  private(set) var plainGood = 0
  private var plainBad = 0
  private(set) var good = 0
  private var bad = 0
  /// Valid nodes that cross the end of a page.
  private(set) var across = 0

  mutating func addPlain(_ judge: NodeCounter) {
    plainGood += judge.good
    plainBad += judge.bad
  }

  mutating func addStripped(_ judge: NodeCounter) {
    good += judge.good
    bad += judge.bad
    across += judge.across
  }

  /// A CRC is good by chance once in four thousand million times, so that one node across a page's end is enough; and a dump may be
  /// damaged.
  var isConclusive: Bool {
    across > 0 && good > plainGood && bad < plainBad && bad <= good / 8
  }

  /// Whether no fewer nodes are valid than where nothing is left out, and most are.
  var isNoWorse: Bool { good >= plainGood && bad <= good / 2 }

  /// Whether nodes are valid only where nothing is left out.
  var isWorseThanPlain: Bool { good < plainGood && bad > plainBad }
}

/// Counts the nodes whose CRCs are all good, that of their data included.
private struct NodeCounter: NodeVisitor {
  private let range: FlashRange
  private let endianness: Endianness
  private let pageSize: UInt32?
  private(set) var headers = 0
  private(set) var good = 0
  private(set) var bad = 0
  private(set) var across = 0

  init(_ range: FlashRange, _ endianness: Endianness, pageSize: UInt32?) {
    self.range = range
    self.endianness = endianness
    self.pageSize = pageSize
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    headers += 1
    // Obsolete nodes may be torn ones.
    guard header.type.isAccurate else { return }
    let isGood: Bool
    switch header.type {
    case .inode: isGood = try isGoodInode(header, offset, bytes)
    case .dirent:
      isGood =
        RawDirent.isComplete(bytes)
        && RawDirent.hasValidCRCs(bytes, endianness)
    default: return
    }
    guard isGood else {
      bad += 1
      return
    }
    good += 1
    // The CRC of zeros is valid for any number of them: then the node CRC alone is evidence.
    let isZero = header.type == .inode && RawInode(parsing: bytes, endianness).dataCRC == 0
    let checked = isZero ? UInt32(RawInode.size) : header.totalLength
    if let pageSize, offset / pageSize != (offset + checked - 1) / pageSize {
      across += 1
    }
  }

  private func isGoodInode(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) throws(JFFS2Error) -> Bool {
    guard bytes.count >= RawInode.size, RawInode.hasValidNodeCRC(bytes, endianness) else {
      return false
    }
    let raw = RawInode(parsing: bytes, endianness)
    let room = header.totalLength - UInt32(RawInode.size)
    guard raw.compressedSize <= room else { return false }
    let end = RawInode.size + Int(raw.compressedSize)
    if bytes.count >= end {
      return jffs2CRC(bytes.extracting(RawInode.size..<end)) == raw.dataCRC
    }
    let payload = try range.bytes(
      at: offset + UInt32(RawInode.size), count: Int(raw.compressedSize))
    return jffs2CRC(payload.span) == raw.dataCRC
  }
}
