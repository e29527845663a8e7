/// What the claims of a stretch of flash tell about being one file system, alone.
struct Consistency: Comparable {
  /// Names that lead nowhere, inodes without a name, folders without one.
  private(set) var unresolved = 0
  /// How far the versions of each inode and directory reach: those of one file system are near to each other.
  private(set) var spread: UInt64 = 0

  init(_ claims: some Sequence<Claim>) {
    var inodes: Set<UInt32> = [1]
    var named: Set<UInt32> = [1]
    var versions: [UInt64: (least: UInt32, most: UInt32)] = [:]
    var directories: Set<UInt32> = []
    for claim in claims {
      let key = UInt64(claim.ino) << 1 | (claim.isDirent ? 1 : 0)
      let known = versions[key] ?? (claim.version, claim.version)
      versions[key] = (min(known.least, claim.version), max(known.most, claim.version))
      if claim.isDirent {
        directories.insert(claim.ino)
        if claim.target != 0 { named.insert(claim.target) }
      } else {
        inodes.insert(claim.ino)
      }
    }
    unresolved =
      inodes.subtracting(named).count + named.subtracting(inodes).count
      + directories.subtracting(named).count
    for (least, most) in versions.values { spread &+= UInt64(most - least) }
  }

  static func + (first: Self, second: Self) -> Self {
    var sum = first
    sum.unresolved += second.unresolved
    sum.spread &+= second.spread
    return sum
  }

  static func < (first: Self, second: Self) -> Bool {
    (first.unresolved, first.spread) < (second.unresolved, second.spread)
  }
}
