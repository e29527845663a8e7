package import FirmwareAccess
internal import JFFS2
internal import Storage

/// `jffs2 diff`: what differs between two trees.
package struct Comparison: Sendable {
  let old: any ComparedTree
  let new: any ComparedTree
  let rules: ComparisonRules

  var contents: ContentsComparison { ContentsComparison(old: old, new: new) }

  private let operands: [(side: Side, operand: DiffOperand)]

  /// - Parameters:
  ///   - old: The file systems of a firmware, or a directory.
  ///   - comparesTimes: Whether times of modification that differ are differences.
  package init(_ old: DiffOperand, _ new: DiffOperand, comparesTimes: Bool) {
    (self.old, self.new) = (old.tree, new.tree)
    operands = [(.old, old), (.new, new)]
    rules = ComparisonRules(old.tree, new.tree, comparesTimes: comparesTimes)
  }

  /// Whether owners are left out because a user's copy has the user's.
  package var leavesOutOwners: Bool { !rules.comparesOwners }

  /// Compares a path and all that is below it.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where neither tree has the path.
  package func differences(_ path: [UInt8] = []) throws(ProgramError) -> Differences {
    let (first, second) = (try old.walk(from: path), try new.walk(from: path))
    guard first != nil || second != nil else {
      let hint = path.isPattern ? "; diff compares one path and what is below it" : ""
      throw ProgramError(
        "\(DisplayName.inMessages.text(path)): not in OLD or NEW\(hint)", .failure)
    }
    var merge = try TreeMerge(first?.walk, second?.walk)
    var batch = ComparisonBatch(self)
    while let step = try merge.next() { batch.add(step) }
    batch.finish()
    return Differences(
      comparison: self, damage: damage(below: first?.names ?? second?.names ?? []),
      list: RenameSearch(contents, rules).differences(batch.found), totals: batch.totals)
  }

  /// The damage of file systems that no entry shows.
  private func damage(below names: [[UInt8]]) -> [Difference] {
    operands.flatMap { side, operand in
      operand.damage.filter { $0.names.starts(with: names) }.map { damage in
        let fault = EntryFault(reason: damage.reason)
        let entry = ComparedEntry(path: TreePath.of(damage.names), faults: [fault])
        return side == .old
          ? Difference(.changed, old: entry) : Difference(.changed, new: entry)
      }
    }
  }

  /// Checks the data of a regular file of an image.
  func fault(_ entry: ComparedEntry, _ side: Side) -> EntryFault? {
    guard entry.isRegularFile, entry.faults.isEmpty, let node = entry.node,
      let tree = (side == .old ? old : new) as? ImageTree, let volume = tree.volume(of: node)
    else { return nil }
    do {
      try volume.checkData(of: node.ino)
      return nil
    } catch {
      return EntryFault(reason: "\(error)")
    }
  }
}
