/// The lines that differ between two texts, by the algorithm of Myers (1986): the fewest insertions and deletions.
enum LineComparison {
  /// A run of old lines and the new lines in its place.
  struct Change: Equatable {
    var old: Range<Int>
    var new: Range<Int>
  }

  /// The number of insertions and deletions up to which the fewest are found; of texts with more, all lines between the first and the last
  /// difference count as changed. Time and memory grow with its square.
  private static let maximumDistance = 1500

  /// The changes, in order, with at least one equal line between them.
  static func changes(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> [Change] {
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    func number(_ line: ArraySlice<UInt8>) -> Int {
      let next = numbers.count
      numbers[line, default: next] += 0
      return numbers[line] ?? next
    }
    let (first, second) = (old.map(number), new.map(number))
    let prefix = zip(first, second).prefix { $0 == $1 }.count
    let most = min(first.count, second.count) - prefix
    let suffix = zip(first.reversed(), second.reversed()).prefix(most).prefix { $0 == $1 }.count
    let inner = Array(first[prefix..<first.count - suffix])
    let otherInner = Array(second[prefix..<second.count - suffix])
    guard !inner.isEmpty || !otherInner.isEmpty else { return [] }
    let changes =
      path(inner, otherInner)
      ?? [Change(old: 0..<inner.count, new: 0..<otherInner.count)]
    return changes.map {
      Change(
        old: $0.old.lowerBound + prefix..<$0.old.upperBound + prefix,
        new: $0.new.lowerBound + prefix..<$0.new.upperBound + prefix)
    }
  }

  /// The changes on a shortest path; nil where it is too long.
  private static func path(_ old: [Int], _ new: [Int]) -> [Change]? {
    let most = min(maximumDistance, old.count + new.count)
    // How far each diagonal has come, counted from -most - 1.
    var reached = [Int32](repeating: 0, count: 2 * most + 3)
    let middle = most + 1
    var trace: [[Int32]] = []
    for distance in 0...most {
      trace.append(Array(reached[middle - distance - 1...middle + distance + 1]))
      for diagonal in stride(from: -distance, through: distance, by: 2) {
        let (below, above) = (reached[middle + diagonal + 1], reached[middle + diagonal - 1])
        let isInsertion =
          diagonal == -distance || (diagonal != distance && above < below)
        var x = Int(isInsertion ? below : above + 1)
        while x < old.count, x - diagonal < new.count, old[x] == new[x - diagonal] { x += 1 }
        reached[middle + diagonal] = Int32(x)
        if x >= old.count, x - diagonal >= new.count { return changes(trace, old.count, new.count) }
      }
    }
    return nil
  }

  /// Goes back from the end to the start.
  private static func changes(_ trace: [[Int32]], _ oldCount: Int, _ newCount: Int) -> [Change] {
    var changes: [Change] = []
    var (x, y) = (oldCount, newCount)
    for distance in trace.indices.reversed() where distance > 0 {
      let reached = trace[distance]
      let middle = distance + 1
      let diagonal = x - y
      let (below, above) = (reached[middle + diagonal + 1], reached[middle + diagonal - 1])
      let isInsertion = diagonal == -distance || (diagonal != distance && above < below)
      let previousX = Int(isInsertion ? below : above)
      let previousY = previousX - (isInsertion ? diagonal + 1 : diagonal - 1)
      let edit = Change(
        old: previousX..<(isInsertion ? previousX : previousX + 1),
        new: previousY..<(isInsertion ? previousY + 1 : previousY))
      if let last = changes.last, last.old.lowerBound == edit.old.upperBound,
        last.new.lowerBound == edit.new.upperBound
      {
        changes[changes.count - 1] = Change(
          old: edit.old.lowerBound..<last.old.upperBound,
          new: edit.new.lowerBound..<last.new.upperBound)
      } else {
        changes.append(edit)
      }
      (x, y) = (previousX, previousY)
    }
    return changes.reversed()
  }
}
