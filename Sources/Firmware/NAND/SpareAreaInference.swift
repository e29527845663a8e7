internal import JFFS2
internal import Storage

/// Infers the layout of a NAND dump from where its nodes break: the distances are multiples of the spare size, and with the right page
/// size the CRCs of the nodes are valid.
struct SpareAreaInference {
  private static let pageSizes = (8...14).map { 1 << $0 }
  static let spareSizes: ClosedRange<UInt64> = 8...2048
  /// As many gaps between intact nodes show a layout.
  private static let minimumGaps = 4
  private static let maximumSamples = 24

  private let image: FlashImage
  private let range: Range<UInt64>
  private let breaks: [NodeBreak]
  private let samples: [Sample]

  /// A broken node with the bytes from its start on.
  private struct Sample {
    let node: NodeBreak
    let bytes: [UInt8]
  }

  /// A layout and where the first page begins.
  struct Found {
    let layout: NANDPageLayout
    let start: UInt64
  }

  init(
    _ image: FlashImage, _ range: Range<UInt64>, _ breaks: [NodeBreak]
  ) throws(StorageError) {
    self.image = image
    self.range = range
    self.breaks = breaks
    let step = max(1, breaks.count / Self.maximumSamples)
    var samples: [Sample] = []
    for index in stride(from: 0, to: breaks.count, by: step) {
      let node = breaks[index]
      let bytes = try image.bytes(at: node.offset, count: 2 * node.length + 4096, within: range)
      samples.append(Sample(node: node, bytes: bytes))
    }
    self.samples = samples
  }

  /// The layout with which nodes are valid that are not as they are; nil if there is none. A dump after something else, whose pages
  /// do not begin where the range does, is found only if many nodes break.
  func found() throws(JFFS2Error) -> Found? {
    var candidates: [(found: Found, valid: Int)] = []
    for oobSize in spareSizes {
      for layout in Self.layouts(oobSize) { add(layout, range.lowerBound, to: &candidates) }
    }
    if let found = try best(of: candidates) { return found }
    guard breaks.areRegular else { return nil }
    candidates = []
    for oobSize in spareSizes.prefix(4) {
      for layout in Self.layouts(oobSize) {
        if let start = start(of: layout) { add(layout, start, to: &candidates) }
      }
    }
    return try best(of: candidates)
  }

  private static func layouts(_ oobSize: Int) -> [NANDPageLayout] {
    pageSizes.compactMap { NANDPageLayout(pageSize: $0, oobSize: oobSize) }
  }

  /// The layout by what is between intact nodes, none of which crosses a page: ranges of one length, that begin at the ends of pages.
  ///
  /// - Parameter gaps: The ranges between nodes.
  static func layout(
    by gaps: [Range<UInt64>], in range: Range<UInt64>
  ) -> NANDPageLayout? {
    guard let size = mostFrequentLength(of: gaps) else { return nil }
    let spareAreas = gaps.filter { $0.upperBound - $0.lowerBound == size }
    return layouts(Int(size)).first { layout in
      spareAreas.allSatisfy {
        ($0.lowerBound - range.lowerBound) % UInt64(layout.stride) == UInt64(layout.pageSize)
      }
    }
  }

  /// The length that at least half of the gaps have.
  static func mostFrequentLength(of gaps: [Range<UInt64>]) -> UInt64? {
    let counts = Dictionary(gaps.map { ($0.upperBound - $0.lowerBound, 1) }, uniquingKeysWith: +)
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      most.value >= minimumGaps, most.value * 2 >= gaps.count
    else { return nil }
    return most.key
  }

  /// Whether ranges of one length are where spare areas may be: at equal distances from the ends of pages.
  static func mayBeSpareAreas(_ gaps: [Range<UInt64>]) -> Bool {
    guard let size = mostFrequentLength(of: gaps) else { return false }
    let starts = gaps.filter { $0.upperBound - $0.lowerBound == size }.map(\.lowerBound)
    return pageSizes.contains { pageSize in
      let stride = UInt64(pageSize) + size
      return starts.allSatisfy { $0 % stride == starts[0] % stride }
    }
  }

  private func add(
    _ layout: NANDPageLayout, _ start: UInt64, to candidates: inout [(found: Found, valid: Int)]
  ) {
    let valid = validCount(layout, start)
    if valid > 0 { candidates.append((Found(layout: layout, start: start), valid)) }
  }

  /// The candidate with the most valid nodes among those that repair the most nodes.
  private func best(
    of candidates: [(found: Found, valid: Int)]
  ) throws(JFFS2Error) -> Found? {
    guard let dialect = breaks.first?.dialect else { return nil }
    var best: (found: Found, valid: Int)?
    let ranked = candidates.sorted {
      ($0.valid, $0.found.layout.pageSize) > ($1.valid, $1.found.layout.pageSize)
    }
    for candidate in ranked.prefix(4) where candidate.valid == ranked[0].valid {
      let dump = candidate.found.start..<range.upperBound
      let offsets = samples.map(\.node.offset).filter(dump.contains).map { $0 - dump.lowerBound }
      let valid = try SpareAreaDetection.validCount(
        candidate.found.layout, image, dump, dialect, offsets, isProven: candidate.valid > 1)
      if let valid, valid > best?.valid ?? -1 { best = (candidate.found, valid) }
    }
    return best?.found
  }

  /// The candidates for the spare size: a distance, or the difference of two where all nodes cross several pages.
  private var spareSizes: [Int] {
    let distances = breaks.distances.prefix(10).map(\.distance)
    var sizes = distances
    for first in distances {
      for second in distances where second > first { sizes.append(second - first) }
    }
    var seen: Set<UInt64> = []
    return sizes.filter { Self.spareSizes.contains($0) && seen.insert($0).inserted }
      .prefix(24).map { Int($0) }
  }

  private func validCount(_ layout: NANDPageLayout, _ start: UInt64) -> Int {
    samples.count { isValid($0, layout, start) }
  }

  /// Whether a node's CRCs are valid without the spare areas.
  private func isValid(_ sample: Sample, _ layout: NANDPageLayout, _ start: UInt64) -> Bool {
    guard sample.node.offset >= start else { return false }
    var inPage = Int((sample.node.offset - start) % UInt64(layout.stride))
    guard inPage < layout.pageSize else { return false }
    var data: [UInt8] = []
    data.reserveCapacity(sample.node.length)
    var position = 0
    while data.count < sample.node.length {
      let count = min(layout.pageSize - inPage, sample.node.length - data.count)
      guard position + count <= sample.bytes.count else { return false }
      data += sample.bytes[position..<position + count]
      position += count + layout.oobSize
      inPage = 0
    }
    return !NodeBreak.isDamaged(data.span, sample.node.dialect)
  }

  /// Where the first page begins, if one of the nodes that cross one page's end is valid for some place of that.
  private func start(of layout: NANDPageLayout) -> UInt64? {
    let stride = UInt64(layout.stride)
    let crossing = samples.filter {
      $0.node.distance == UInt64(layout.oobSize) && $0.node.length < layout.pageSize
    }
    guard crossing.count > 1 else { return nil }
    // The page ends inside each of these nodes, but for some that are damaged otherwise.
    var counts = [Int](repeating: 0, count: layout.stride)
    for sample in crossing {
      let first = (sample.node.offset - range.lowerBound) % stride
      for index in 1..<UInt64(sample.node.length) { counts[Int((first + index) % stride)] += 1 }
    }
    let most = counts.max() ?? 0
    var best: (start: UInt64, valid: Int)?
    for (end, count) in counts.enumerated() where count == most {
      let start = range.lowerBound + (UInt64(end) + stride - UInt64(layout.pageSize)) % stride
      // A byte beside the end may be the same as that at the other side of the spare area: one node is not enough.
      guard crossing.prefix(4).contains(where: { isValid($0, layout, start) }) else { continue }
      let valid = validCount(layout, start)
      if valid > best?.valid ?? 0 { best = (start, valid) }
    }
    return best?.start
  }
}
