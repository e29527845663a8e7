package import FirmwareAccess
internal import JFFS2
internal import Storage

/// `jffs2 diff`: what differs between two trees.
package struct Comparison: Sendable {
  let old: any ComparedTree
  let new: any ComparedTree
  let rules: ComparisonRules

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
      list: RenameSearch(self).differences(batch.found), totals: batch.totals)
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

  /// Whether two regular files of the same size have the same contents.
  func hasEqualContents(
    _ first: ComparedEntry, _ second: ComparedEntry
  ) throws(SideFault) -> Bool {
    if let result = try hasEqualNodes(first, second) { return result }
    let capacity = 256 << 10
    var bytes = [UInt8](repeating: 0, count: capacity)
    var otherBytes = bytes
    var position: UInt64 = 0
    while true {
      let count = try read(old, first, .old, at: position, &bytes)
      let otherCount = try read(new, second, .new, at: position, &otherBytes)
      guard count == otherCount,
        bytes.span.extracting(0..<count).isEqual(to: otherBytes.span.extracting(0..<count))
      else { return false }
      if count < capacity { return true }
      position += UInt64(count)
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

  /// The same for two files of images by what their nodes store; nil where either is in a directory.
  private func hasEqualNodes(
    _ first: ComparedEntry, _ second: ComparedEntry
  ) throws(SideFault) -> Bool? {
    guard let node = first.node, let otherNode = second.node, let tree = old as? ImageTree,
      let otherTree = new as? ImageTree, let volume = tree.volume(of: node),
      let otherVolume = otherTree.volume(of: otherNode)
    else { return nil }
    do {
      return try volume.hasEqualContents(node.ino, as: otherNode.ino, in: otherVolume)
    } catch {
      throw SideFault(
        side: error.isOther ? .new : .old, fault: EntryFault(reason: "\(error.error)"))
    }
  }

  private func read(
    _ tree: any ComparedTree, _ entry: ComparedEntry, _ side: Side, at offset: UInt64,
    _ bytes: inout [UInt8]
  ) throws(SideFault) -> Int {
    do throws(EntryFault) {
      var span = bytes.mutableSpan
      return try tree.read(entry, at: offset, into: &span)
    } catch {
      throw SideFault(side: side, fault: error)
    }
  }
}

/// A part that cannot be read, and its side.
struct SideFault: Error {
  let side: Side
  let fault: EntryFault
}
