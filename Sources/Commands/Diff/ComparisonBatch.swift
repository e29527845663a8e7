internal import Synchronization

/// Compares what a merge shows: attributes at once, the contents of many files at a time on all processors.
struct ComparisonBatch {
  /// A difference, or what may be one, and the work that decides.
  private struct Candidate: Sendable {
    var difference: Difference
    /// Whether both are files of the same size. The data of other entries is only checked for damage.
    let comparesContents: Bool

    /// How much there is to read.
    var byteCount: UInt64 {
      (difference.old?.attributes?.size ?? 0) + (difference.new?.attributes?.size ?? 0)
    }

    /// The nodes if any of them has further names.
    var sharedNodes: Nodes? {
      let (old, new) = (difference.old, difference.new)
      guard old?.isShared == true || new?.isShared == true, old == nil || old?.node != nil,
        new == nil || new?.node != nil
      else { return nil }
      return Nodes(old: old?.node, new: new?.node)
    }
  }

  /// How much is compared at a time: enough to keep all processors at work.
  private static let capacity = 8192

  /// In the order of paths.
  private(set) var found: [Difference] = []
  private(set) var totals = Totals()

  private let comparison: Comparison
  private var candidates: [Candidate] = []
  /// Of files with several names.
  private var outcomes: [Nodes: Outcome] = [:]

  init(_ comparison: Comparison) { self.comparison = comparison }

  mutating func add(_ step: TreeMerge.Step) {
    totals.add(step.old, .old)
    totals.add(step.new, .new)
    guard let candidate = candidate(step) else { return }
    candidates.append(candidate)
    if candidates.count == Self.capacity { finish() }
  }

  private func candidate(_ step: TreeMerge.Step) -> Candidate? {
    guard let old = step.old, let new = step.new else {
      // An ordinary user's extraction has no devices.
      let isDevice = (step.old ?? step.new)?.attributes?.device != nil
      if isDevice, !comparison.rules.comparesOwners { return nil }
      let difference = Difference(
        step.old == nil ? .added : .removed, old: step.old, new: step.new)
      return difference.path == nil
        ? nil : Candidate(difference: difference, comparesContents: false)
    }
    var difference = Difference(.changed, old: old, new: new)
    if let first = old.attributes, let second = new.attributes,
      old.path != nil || comparison.rules.comparesRoot
    {
      difference.compare(first, second, comparison.rules)
    }
    let areFiles = old.isRegularFile && new.isRegularFile
    return Candidate(
      difference: difference,
      comparesContents: areFiles && !difference.aspects.contains(.contents))
  }

  /// Does the work that is left.
  mutating func finish() {
    var work: [Int] = []
    var first: [Nodes: Int] = [:]
    for index in candidates.indices where candidates[index].byteCount > 0 {
      // Files of many names are compared once.
      guard let nodes = candidates[index].sharedNodes else {
        work.append(index)
        continue
      }
      guard outcomes[nodes] == nil, first.updateValue(index, forKey: nodes) == nil else { continue }
      work.append(index)
    }
    work.sort { candidates[$0].byteCount > candidates[$1].byteCount }
    let results = Mutex<[Int: Outcome]>([:])
    Parallel.forEach(work) { [candidates, comparison] index in
      let outcome = Self.outcome(candidates[index], comparison)
      results.withLock { $0[index] = outcome }
    }
    let decided = results.withLock { $0 }
    for index in work {
      if let nodes = candidates[index].sharedNodes { outcomes[nodes] = decided[index] }
    }
    for index in candidates.indices {
      let nodes = candidates[index].sharedNodes
      var difference = candidates[index].difference
      (decided[index] ?? nodes.flatMap { outcomes[$0] })?.apply(to: &difference)
      if difference.change != .changed || !difference.aspects.isEmpty { found.append(difference) }
    }
    candidates.removeAll(keepingCapacity: true)
  }

  private static func outcome(_ candidate: Candidate, _ comparison: Comparison) -> Outcome {
    var outcome = Outcome()
    let difference = candidate.difference
    if candidate.comparesContents, let old = difference.old, let new = difference.new {
      do throws(SideFault) {
        outcome.differs = try !comparison.contents.hasEqualContents(old, new)
        if !outcome.differs { return outcome }
      } catch {
        // An image's data are checked below, on both sides.
        if (error.side == .old ? old : new).node == nil { outcome.faults.append(error) }
      }
    }
    for (side, entry) in [(Side.old, difference.old), (.new, difference.new)] {
      if let entry, let fault = comparison.fault(entry, side) {
        outcome.faults.append(SideFault(side: side, fault: fault))
      }
    }
    return outcome
  }

  /// The nodes of the file at one path in two images.
  private struct Nodes: Hashable {
    let old: ImageTree.FileID?
    let new: ImageTree.FileID?
  }

  /// The result of comparing the contents of files, in addition to their attributes.
  private struct Outcome: Sendable {
    var differs = false
    var faults: [SideFault] = []

    func apply(to difference: inout Difference) {
      if differs { difference.aspects.insert(.contents, at: 0) }
      for fault in faults { difference.add(fault.fault, fault.side) }
    }
  }
}

/// The totals of both trees.
struct Totals: Sendable {
  private(set) var files = (old: 0, new: 0)
  private(set) var bytes: (old: UInt64, new: UInt64) = (0, 0)

  mutating func add(_ entry: ComparedEntry?, _ side: Side) {
    guard let entry, entry.isRegularFile else { return }
    let size = entry.attributes?.size ?? 0
    switch side {
    case .old:
      files.old += 1
      bytes.old += size
    case .new:
      files.new += 1
      bytes.new += size
    }
  }
}
