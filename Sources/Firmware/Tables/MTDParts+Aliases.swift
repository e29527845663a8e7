extension MTDParts.Resolved {
  /// Whether all of another partition is in this larger one.
  func contains(_ other: Self) -> Bool {
    range.lowerBound <= other.range.lowerBound && other.range.upperBound <= range.upperBound
      && range != other.range
  }
}

extension [MTDParts.Resolved] {
  /// The same with aliases marked: partitions that contain others with JFFS2 or others before their own, or whose first byte of JFFS2
  /// is in another partition. Of partitions without JFFS2, those that contain others.
  ///
  /// - Parameter start: Returns the offset of the first byte of JFFS2 in a partition; nil if it has none.
  func markingAliases(_ start: (MTDParts.Resolved) -> UInt64?) -> Self {
    let starts = map(start)
    let holders = indices.filter { starts[$0] != nil }
    let containers = Set(
      holders.filter { part in
        indices.contains { other in
          self[part].contains(self[other])
            && (starts[other] != nil || self[other].range.upperBound <= starts[part] ?? 0)
        }
      })
    return indices.map { index in
      var part = self[index]
      if let first = starts[index] {
        part.isAlias =
          containers.contains(index)
          || holders.contains { other in
            guard other != index, !containers.contains(other), !self[other].contains(part),
              self[other].range.contains(first)
            else { return false }
            // Where each begins in the other, the smaller one is the partition, or the first of equal ones.
            let isMutual = starts[other].map(part.range.contains) ?? false
            return !isMutual
              || (self[other].range.count, other) < (part.range.count, index)
          }
      } else {
        part.isAlias = contains { part.contains($0) }
      }
      return part
    }
  }
}
