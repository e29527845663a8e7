extension Volume {
  /// The version that an inode is, in the tree of a history; nil for a directory, and in a file system.
  package func version(of ino: UInt32) -> FileVersion? { versionTable?.version(ino) }

  /// The number that an inode's nodes have: in the tree of a history that of the file whose version it is.
  func inoOfNodes(_ ino: UInt32) -> UInt32 { version(of: ino)?.ino ?? ino }

  /// The ranges of a version that no valid node holds, or that a missing one may have changed; ascending.
  ///
  /// - Throws: `.storage`.
  package func missingRanges(of ino: UInt32) throws(JFFS2Error) -> [Range<UInt64>] {
    guard let version = version(of: ino), !version.isComplete,
      FileType(mode: try attributes(of: ino).mode) == .regular
    else { return [] }
    let damaged = try damagedNodes(of: ino)
    let tree = try fragmentTree(of: ino, damagedNodes: damaged)
    let unproven = tree.fragments.filter {
      UInt64($0.start) < tree.size
        && ($0.node < version.firstProvenNode || damaged.contains($0.node))
    }.map { UInt64($0.start)..<min(UInt64($0.end), tree.size) }
    var ranges: [Range<UInt64>] = []
    for range in (unproven + tree.lostGaps).sorted(by: { $0.lowerBound < $1.lowerBound })
    where !range.isEmpty {
      if let last = ranges.last, last.upperBound >= range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
    return ranges
  }

  /// The attributes of a version.
  func xattrs(of version: FileVersion, _ ino: UInt32) throws(JFFS2Error) -> [Xattr] {
    var values = [
      ("version", "\(version.version)"), ("inode", "\(version.ino)"),
      ("complete", version.isComplete ? "yes" : "no"),
    ]
    if !version.isComplete {
      values.append(("missing", Self.text(try missingRanges(of: ino))))
    }
    return values.map { name, value in
      Xattr(
        name: Array("user.jffs2.\(name)".utf8), namespace: .user,
        stored: Array(value.utf8))
    }
  }

  /// `FIRST-LAST` for each range, with commas between them; the first few thousand.
  private static func text(_ ranges: [Range<UInt64>]) -> String {
    let shown = ranges.prefix(2048).map { "\($0.lowerBound)-\($0.upperBound - 1)" }
    return shown.joined(separator: ",") + (ranges.count > shown.count ? ",..." : "")
  }
}
