internal import FirmwareAccess
internal import JFFS2

/// The partial results for one file system.
struct VerificationResults: Sendable {
  var log = LogVerification.Result()
  var failure: JFFS2Error?
  private var counts = VerificationReport.Counts()
  private var faults: [UInt32: [NodeFailure]] = [:]
  /// Without their paths.
  private var findings: [Finding] = []

  /// Takes over what another piece found.
  mutating func add(_ other: VerificationResults) {
    log.add(other.log)
    failure = failure ?? other.failure
    counts.inodes += other.counts.inodes
    counts.files += other.counts.files
    counts.chunks += other.counts.chunks
    faults.merge(other.faults, uniquingKeysWith: +)
    findings += other.findings
  }

  /// Checks what an inode shows.
  mutating func check(
    _ ino: UInt32, of volume: Volume, includesContents: Bool, _ progress: Progress?
  ) throws(JFFS2Error) {
    counts.inodes += 1
    do throws(JFFS2Error) {
      let attributes = try volume.attributes(of: ino)
      for datum in try volume.damagedXattrs(of: ino) {
        findings.append(
          Finding(
            .lostXattr, "wrong data CRC", ino: ino,
            flashOffset: volume.range.imageOffset(datum.flashOffset)))
      }
      guard FileType(mode: attributes.mode) == .regular else { return }
      counts.files += 1
      guard includesContents else { return }
      try checkContents(of: ino, nil, of: volume, progress)
    } catch {
      switch error {
      case .unusableInode:
        findings.append(Finding(.lostFile, "no usable nodes left", ino: ino))
      case .damaged(let damage):
        findings.append(
          Finding(.lostFile, "\(damage.reason)", ino: ino, flashOffset: damage.flashOffset))
      default: throw error
      }
    }
  }

  /// Decompresses what shows in a part of a file, or in all of it.
  mutating func checkContents(
    of ino: UInt32, _ part: Range<Int>?, of volume: Volume, _ progress: Progress?
  ) throws(JFFS2Error) {
    let part = if let part { part } else { 0..<(try volume.fragmentCount(of: ino)) }
    counts.chunks += part.count
    let found = try volume.faults(of: ino, in: part) { progress?.advance(UInt64($0)) }
    if !found.isEmpty { faults[ino, default: []] += found }
  }

  /// Returns the combined result of all pieces.
  func summarized(
    _ fileSystem: FirmwareImage.FileSystem
  ) throws(JFFS2Error) -> VerificationReport.FileSystem {
    let volume = fileSystem.volume
    var report = VerificationReport.FileSystem(name: fileSystem.name)
    report.counts = counts
    report.counts.nodes = log.nodeCount
    report.counts.obsoleteNodes = log.obsoleteCount
    report.counts.damagedObsoleteNodes = log.damagedObsoleteCount
    var findings = findings
    for (ino, faults) in faults {
      for damage in try volume.damage(of: ino, faults: faults) {
        findings.append(
          Finding(
            .lostRange, "\(damage.reason)", ino: ino, range: damage.range,
            flashOffset: damage.flashOffset))
      }
    }
    findings += try olderContents(volume, besides: Set(findings.compactMap(\.flashOffset)))
    let lostInos = Set(findings.filter { $0.kind == .lostFile }.compactMap(\.ino))
    let reported = Set(findings.compactMap(\.flashOffset))
    // What a node with valid fields lost was found above, if it is visible anywhere.
    findings += log.findings.filter { finding in
      finding.flashOffset.map { !reported.contains($0) } != false
        && finding.ino.map { !lostInos.contains($0) } != false
    }
    report.findings = volume.addingPaths(to: findings + volume.integrityFindings)
    return report
  }

  /// The damaged nodes in whose place older contents are visible.
  ///
  /// - Parameter reported: The offsets of nodes that are reported already.
  private func olderContents(
    _ volume: Volume, besides reported: Set<UInt64>
  ) throws(JFFS2Error) -> [Finding] {
    var losses: [Finding] = []
    for (ino, nodes) in log.damagedData {
      for node in nodes where !reported.contains(node.flashOffset) {
        guard try volume.showsOlderContents(of: ino, version: node.version, node.range) else {
          continue
        }
        losses.append(
          Finding(
            .lostNode,
            "wrong data CRC in version \(node.version); older contents are visible in its place",
            ino: ino, flashOffset: node.flashOffset))
      }
    }
    return losses
  }
}
