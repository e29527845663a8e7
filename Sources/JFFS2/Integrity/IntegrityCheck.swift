internal import Storage
internal import Support

/// The check of all nodes of a file system for missing and foreign nodes.
///
/// Reads the index only, and the flash where something is wrong; payloads are not read.
struct IntegrityCheck {
  /// More findings of one kind are counted, not listed.
  static let maximumOfKind = 1000

  let volume: Volume
  let log: LogScan
  private(set) var findings: [Finding] = []
  private var counts: [Finding.Kind: Int] = [:]

  /// The remains of nodes between others, and after the last one.
  let foreign: [LostNodeSearch]
  let trailing: LostNodeSearch?

  /// As ``LogScan/missingListedNodes()`` gives it.
  let missing: Set<UInt32>

  /// - Parameter foreign: As ``LogScan/searchForeignBytes()`` gives it.
  init(
    _ volume: Volume, _ log: LogScan, foreign: [LostNodeSearch], missing: Set<UInt32>
  ) throws(JFFS2Error) {
    self.missing = missing
    self.volume = volume
    self.log = log
    self.foreign = foreign
    trailing =
      if let bytes = log.index.foreign.trailing {
        try LostNodeSearch(bytes, in: log.range, log.dialect)
      } else { nil }
  }

  /// - Throws: `.storage`.
  mutating func run() throws(JFFS2Error) {
    try checkConflicts()
    try checkNumbers()
    checkFiles()
    try checkObsoleteNodes()
    try checkReplacedNames()
    checkTree()
    checkTypes()
    checkXattrs()
    try checkDamagedNodes()
    try checkForeignBytes()
    checkSummaries()
    try checkStart()
    checkErasedGaps()
    checkEnd()
    for (kind, count) in counts where count > Self.maximumOfKind {
      findings.append(Finding(kind, "\(count - Self.maximumOfKind) more of this kind"))
    }
  }

  mutating func add(_ finding: Finding) {
    counts[finding.kind, default: 0] += 1
    if counts[finding.kind, default: 0] <= Self.maximumOfKind { findings.append(finding) }
  }

  func imageOffset(_ offset: UInt32) -> UInt64 { volume.range.imageOffset(offset) }

  /// An offset in the image as messages write it.
  func hexadecimal(_ offset: UInt32) -> String { imageOffset(offset).hexadecimal }

  private mutating func checkConflicts() throws(JFFS2Error) {
    let conflicts = try log.conflicts { node throws(JFFS2Error) in try volume.hasGoodData(node) }
    for conflict in conflicts {
      let (ino, version) = (conflict.ino, conflict.version)
      let offsets = [conflict.offsets.0, conflict.offsets.1].map(hexadecimal)
      let bothPlaces = "is at \(offsets[0]) and at \(offsets[1]) with different contents"
      let reason =
        switch conflict.kind {
        case .inode: "inode \(ino) version \(version) \(bothPlaces)"
        case .dirent: "name of directory \(ino) version \(version) \(bothPlaces)"
        case .fileSize:
          "the file size in version \(version) of inode \(ino), at \(offsets[1]), does not follow from "
            + "the version before, at \(offsets[0])"
        case .owner:
          "the data of version \(version) of inode \(ino), at \(offsets[1]), have another mode or owner than "
            + "the version before, at \(offsets[0])"
        }
      add(Finding(.mixed, "parts of two images are mixed: \(reason)", ino: conflict.inos.last))
    }
  }

  private mutating func checkNumbers() throws(JFFS2Error) {
    if let offset = log.crossingNode {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: the node at \(hexadecimal(offset)) crosses the start of an "
            + "erase block as cleanmarkers show it"))
    }
    if let (created, image) = try log.numberConflict() {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: inode \(created.ino) at \(hexadecimal(created.flashOffset)), "
            + "which the driver created, has a lower number than inode \(image.ino) of mkfs.jffs2 at "
            + hexadecimal(image.flashOffset)))
    }
    let numbering = volume.numbering
    for offset in numbering.restarts {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: numbers restart at \(hexadecimal(offset)), where another "
            + "image continues"))
    }
    for ino in numbering.inconsistentInos {
      add(
        Finding(
          .mixed, "parts of two images are mixed: the nodes differ in size, times, mode or owner",
          ino: ino))
    }
    for missing in numbering.missingNames {
      let count = missing.versions.count
      let versions =
        count == 1
        ? "version \(missing.versions.lowerBound)"
        : "versions \(missing.versions.lowerBound) to \(missing.versions.upperBound)"
      add(
        Finding(
          .lostName,
          "\(count.pluralized("name")) \(count == 1 ? "is" : "are") missing (\(versions)"
            + "\(neighbors(missing)))"))
    }
    for inos in numbering.missingInos {
      let isOne = inos.count == 1
      let numbers =
        isOne
        ? "inode \(inos.lowerBound) is" : "inodes \(inos.lowerBound) to \(inos.upperBound) are"
      add(Finding(.lostNode, "\(numbers) missing"))
    }
  }

  /// The names around missing ones, if they have paths.
  private func neighbors(_ missing: Numbering.MissingNames) -> String {
    let names = log.index.dirents
    func path(_ index: Int?) -> String? {
      index.flatMap { volume.pathIndex.path(of: names[$0]) }.map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    switch (path(missing.before), path(missing.after)) {
    case (let before?, let after?): return ", between \(before) and \(after)"
    case (nil, let after?): return ", before \(after)"
    case (let before?, nil): return ", after \(before)"
    case (nil, nil): return ""
    }
  }

  /// Adds the ranges of files that no node covers.
  private mutating func checkFiles() {
    for (index, entry) in volume.inodes.entries.enumerated() where entry.linkCount > 0 {
      for gap in volume.gaps(ofInodeAt: index) {
        switch gap.kind {
        case .provenHole: break
        case .possibleHole:
          add(
            Finding(
              .possibleHole, "a hole as kernels before 6.3 leave it, or lost", ino: entry.ino,
              range: gap.range))
        case .lost:
          add(
            Finding(.lostRange, "\(Damage.Reason.missing)", ino: entry.ino, range: gap.range))
        }
      }
    }
  }

  /// Adds a start that is not that of an erase block or page, and an erase block of zeros before the file system, which may be an unreadable
  /// block of it.
  private mutating func checkStart() throws(JFFS2Error) {
    let evidence = log.index.eraseSizeEvidence
    if evidence.startsInsideBlock || evidence.startsInsidePage {
      add(
        Finding(
          .lostNode,
          "the file system starts inside \(evidence.startsInsideBlock ? "an erase block" : "a page"), at "
            + "\(hexadecimal(0)): the nodes before it are missing"))
    }
    let (start, size) = (volume.range.start, UInt64(volume.eraseSize.minimum))
    guard start >= size, size <= UInt64(EraseBlockSizeEstimator.largest) else { return }
    let block = try FlashRange(volume.range.image, start - size..<start)
    let bytes = try block.bytes(at: 0, count: Int(size))
    guard bytes.contains(0), bytes.allSatisfy({ $0 == 0 || $0 == 0xFF }) else { return }
    add(
      Finding(
        .precedingZeros,
        "the block before the file system, at \(block.imageOffset(0).hexadecimal), reads "
          + "as zeros: it may be a part of it"))
  }

  private mutating func checkEnd() {
    if let marker = log.endMarker {
      let count = log.staleNodeCount
      let stale =
        count > 0
        ? "; \(count.pluralized("node")) after it \(count == 1 ? "is" : "are") stale" : ""
      add(
        Finding(
          .endMarker,
          "OpenWrt's end marker at \(hexadecimal(marker)) ends the file system\(stale)"))
    } else if let marker = log.index.endMarkers.first {
      add(
        Finding(
          .endMarker,
          "an end marker of OpenWrt at \(hexadecimal(marker)) is not at the start of an erase block and "
            + "is ignored"))
    }
    if let mismatch = log.eraseSizeMismatch {
      add(
        Finding(
          .contradictingOption,
          "the erase size of \(volume.eraseSize.byteCount) bytes does not fit: it hides "
            + "\(mismatch.hiddenNodeCount.pluralized("node")); the data fit \(mismatch.fitting.byteCount) "
            + "(\(mismatch.fitting.reason))"))
    }
    let lostRanges = findings.contains { $0.kind == .lostRange }
    if lostRanges, !volume.isPristine, volume.hasNamesWithoutDirectory {
      add(
        Finding(
          .inconsistentDump,
          "names without a directory and lost ranges: the dump is incomplete, or was read while the device "
            + "was writing"))
    }
    if let rest = incompleteBlockLength {
      add(
        Finding(
          .inconsistentDump,
          "the file system ends \(rest) bytes into an erase block of \(volume.eraseSize.byteCount): the "
            + "dump may be truncated"))
    }
  }

  /// The bytes of an incomplete block at the end of flash memory that the driver has used; nil if there is none, or the size of erase blocks
  /// is not known. Images of mkfs.jffs2 end with their last node.
  private var incompleteBlockLength: UInt32? {
    guard !volume.isPristine, log.endMarker == nil else { return nil }
    switch volume.eraseSize.reason {
    case .container, .summary, .cleanmarkers: break
    case .given, .shortImage, .assumed: return nil
    }
    let rest = volume.range.length % volume.eraseSize.byteCount
    return rest > 0 ? rest : nil
  }
}
