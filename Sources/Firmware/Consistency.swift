/// What the claims of a stretch of flash tell about being one file system, alone. It grows claim by claim.
struct Consistency {
  /// A history of versions: of an inode's nodes, or of a directory's dirents.
  struct History: Hashable {
    let ino: UInt32
    let isDirent: Bool

    init(_ claim: Claim) {
      ino = claim.ino
      isDirent = claim.isDirent
    }
  }

  /// The offsets of two nodes that one file system cannot hold both.
  typealias Conflict = (first: UInt64, second: UInt64)

  private struct Place: Hashable {
    let history: History
    let version: UInt32
  }

  private struct Standing {
    var hasNodes = false
    var isNamed = false
    var isDirectory = false

    /// Names that lead nowhere, inodes without a name, folders without one.
    var unresolved: Int { (hasNodes != isNamed ? 1 : 0) + (isDirectory && !isNamed ? 1 : 0) }
  }

  private(set) var cost = Cost()
  /// The least and the largest version of each history.
  private(set) var versions: [History: ClosedRange<UInt32>] = [:]
  private var standings: [UInt32: Standing] = [1: Standing(hasNodes: true, isNamed: true)]
  private var holders: [Place: Claim] = [:]
  private var types: [UInt32: Claim] = [:]

  init() {}

  init(_ claims: some Sequence<Claim>) {
    for claim in claims { add(claim) }
  }

  /// Takes a claim into account.
  ///
  /// - Returns: With which earlier one it cannot stand together: another node is at its place in the history, or its inode has another
  ///   type.
  @discardableResult
  mutating func add(_ claim: Claim) -> Conflict? {
    let history = History(claim)
    if let known = versions[history] {
      let wider = min(known.lowerBound, claim.version)...max(known.upperBound, claim.version)
      cost.spread &+= UInt64(wider.upperBound - wider.lowerBound)
      cost.spread &-= UInt64(known.upperBound - known.lowerBound)
      versions[history] = wider
    } else {
      versions[history] = claim.version...claim.version
    }
    if claim.isDirent {
      change(claim.ino) { $0.isDirectory = true }
      if claim.target != 0 { change(claim.target) { $0.isNamed = true } }
    } else {
      change(claim.ino) { $0.hasNodes = true }
    }
    guard let other = rival(of: claim, history) else { return nil }
    cost.conflicts += 1
    return (other.offset, claim.offset)
  }

  private mutating func change(_ ino: UInt32, _ body: (inout Standing) -> Void) {
    let before = standings[ino]?.unresolved ?? 0
    body(&standings[ino, default: Standing()])
    cost.unresolved += (standings[ino]?.unresolved ?? 0) - before
  }

  private mutating func rival(of claim: Claim, _ history: History) -> Claim? {
    let holder = holders.updateValue(claim, forKey: Place(history: history, version: claim.version))
    if let holder, holder.signature != claim.signature { return holder }
    guard !claim.isDirent, claim.target != 0 else { return nil }
    let typed = types.updateValue(claim, forKey: claim.ino)
    return typed?.target == claim.target ? nil : typed
  }
}

extension Consistency {
  /// How far claims are from being one file system's; less is better.
  struct Cost: Comparable {
    /// Nodes that cannot stand beside others.
    var conflicts = 0
    /// Names that lead nowhere, inodes without a name, folders without one.
    var unresolved = 0
    /// How far the versions of each history reach: those of one file system are near to each other.
    var spread: UInt64 = 0

    static func + (first: Self, second: Self) -> Self {
      Self(
        conflicts: first.conflicts + second.conflicts,
        unresolved: first.unresolved + second.unresolved, spread: first.spread &+ second.spread)
    }

    static func < (first: Self, second: Self) -> Bool {
      (first.conflicts, first.unresolved, first.spread)
        < (second.conflicts, second.unresolved, second.spread)
    }
  }
}
