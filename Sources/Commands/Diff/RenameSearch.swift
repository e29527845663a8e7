internal import JFFS2
internal import Synchronization

/// Recognizes files that were renamed: one that was removed and one that was added, with the same contents.
struct RenameSearch {
  private struct Key: Hashable {
    let size: UInt64
    let checksum: UInt32
  }

  private let contents: ContentsComparison
  private let rules: ComparisonRules

  init(_ contents: ContentsComparison, _ rules: ComparisonRules) {
    self.contents = contents
    self.rules = rules
  }

  /// The differences, with a single one instead of two for each renamed file.
  func differences(_ all: [Difference]) -> [Difference] {
    let partners = partners(in: all)
    let renamed = Set(partners.values)
    return all.indices.compactMap { index in
      if renamed.contains(index) { return nil }
      guard let partner = partners[index], let old = all[partner].old, let new = all[index].new
      else { return all[index] }
      var difference = Difference(.renamed, old: old, new: new)
      if let first = old.attributes, let second = new.attributes {
        difference.compare(first, second, rules)
      }
      return difference
    }
  }

  /// For the index of a file that was added, the index of the one that was removed.
  private func partners(in all: [Difference]) -> [Int: Int] {
    func candidates(_ change: Difference.Change) -> [Int] {
      all.indices.filter { index in
        let entry = all[index].new ?? all[index].old
        return all[index].change == change && entry?.isRegularFile == true
          && all[index].faults.isEmpty && entry?.attributes?.size ?? 0 > 0
      }
    }
    func size(_ index: Int) -> UInt64 {
      (all[index].new ?? all[index].old)?.attributes?.size ?? 0
    }
    let (removed, added) = (candidates(.removed), candidates(.added))
    let sizes = Set(removed.map(size)).intersection(added.map(size))
    let keys = keys(
      of: Self.affordable((removed + added).filter { sizes.contains(size($0)) }, size), all)
    let removedByKey = Dictionary(grouping: removed.filter { keys[$0] != nil }) { keys[$0] }
    let addedByKey = Dictionary(grouping: added.filter { keys[$0] != nil }) { keys[$0] }
    var partners: [Int: Int] = [:]
    for (key, added) in addedByKey {
      for (first, second) in pairs(removedByKey[key] ?? [], added, all) {
        guard let old = all[first].old, let new = all[second].new,
          (try? contents.hasEqualContents(old, new)) == true
        else { continue }
        partners[second] = first
      }
    }
    return partners
  }

  /// The bytes that are read at most; larger files stay removed and added.
  private static let maximumTotalSize: UInt64 = 2 << 30

  /// The smaller files, as many as are read.
  private static func affordable(_ indices: [Int], _ size: (Int) -> UInt64) -> [Int] {
    var total: UInt64 = 0
    return indices.sorted { size($0) < size($1) }.prefix { index in
      // Each is read for its checksum and again when it is compared.
      total += 2 * size(index)
      return total <= maximumTotalSize
    }
  }

  /// Pairs of files that have the same contents: those with the same name, then the others in their order.
  private func pairs(
    _ removed: [Int], _ added: [Int], _ all: [Difference]
  ) -> [(removed: Int, added: Int)] {
    var byName = Dictionary(grouping: removed.reversed()) { all[$0].path?.name }
    var pairs: [(Int, Int)] = []
    var (taken, rest): (Set<Int>, [Int]) = ([], [])
    for index in added {
      if let same = byName[all[index].path?.name]?.popLast() {
        pairs.append((same, index))
        taken.insert(same)
      } else {
        rest.append(index)
      }
    }
    return pairs + zip(removed.filter { !taken.contains($0) }, rest)
  }

  /// The size and a checksum of each file; none of what cannot be read.
  private func keys(of indices: [Int], _ all: [Difference]) -> [Int: Key] {
    let keys = Mutex<[Int: Key]>([:])
    Parallel.forEach(indices) { index in
      guard let entry = all[index].new ?? all[index].old, let size = entry.attributes?.size,
        let checksum = contents.checksum(entry, all[index].change == .added ? .new : .old)
      else { return }
      keys.withLock { $0[index] = Key(size: size, checksum: checksum) }
    }
    return keys.withLock { $0 }
  }
}
