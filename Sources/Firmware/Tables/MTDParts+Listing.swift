/// Tables that list sizes only, as /proc/mtd does.
extension [MTDParts.Part] {
  /// The partitions with offsets. They follow each other; where the device is too small for that, some contain others: one of the device's
  /// size, `rootfs_data` at the end of `rootfs`, and those with the size of several others together.
  func placed(deviceSize: UInt64) -> Self {
    let sizes = map { $0.size ?? 0 }
    let roles = Self.roles(sizes, map(\.name), deviceSize)
    var parts = self
    var end: UInt64 = 0
    for index in indices {
      switch roles[index] {
      case .consecutive:
        parts[index].offset = end
        end = end.addingReportingOverflow(sizes[index]).partialValue
      case .device: parts[index].offset = 0
      case .containsNext: parts[index].offset = end
      case .containsPrevious(let first): parts[index].offset = parts[first].offset
      case .endOfPrevious: parts[index].offset = end - Swift.min(end, sizes[index])
      }
    }
    return parts
  }

  private enum Role {
    /// Begins where the one before ends.
    case consecutive
    /// Is all of the device.
    case device
    case containsNext
    /// Contains others that were listed before, the first of them at an index.
    case containsPrevious(Int)
    case endOfPrevious
  }

  private static func roles(
    _ sizes: [UInt64], _ names: [String?], _ deviceSize: UInt64
  ) -> [Role] {
    var roles = [Role](repeating: .consecutive, count: sizes.count)
    var total = sizes.reduce(UInt64(0)) { $0.addingReportingOverflow($1).partialValue }
    func take(_ role: Role, _ index: Int) {
      guard total > deviceSize, case .consecutive = roles[index] else { return }
      roles[index] = role
      total -= sizes[index]
    }
    guard sizes.count > 1 else { return roles }
    for index in sizes.indices where sizes[index] == deviceSize { take(.device, index) }
    for index in sizes.indices.dropFirst()
    where names[index] == "rootfs_data" && sizes[index] < sizes[index - 1] {
      take(.endOfPrevious, index)
    }
    let certain = roles
    let consecutive = sizes.indices.filter {
      if case .consecutive = roles[$0] { true } else { false }
    }
    var candidates = containers(consecutive, sizes)
    candidates.sort { sizes[$0.index] > sizes[$1.index] }
    // One that explains all of the difference is more likely than several that do together.
    if let exact = candidates.first(where: {
      sizes[$0.index] == total - Swift.min(total, deviceSize)
    }) {
      candidates = [exact]
    }
    for candidate in candidates where sizes[candidate.index] <= total - Swift.min(total, deviceSize)
    {
      take(candidate.role, candidate.index)
    }
    return total <= deviceSize ? roles : certain
  }

  /// The partitions with the size of two or more others together that follow them or precede them.
  private static func containers(
    _ indices: [Int], _ sizes: [UInt64]
  ) -> [(index: Int, role: Role)] {
    var sums: [UInt64] = [0]
    for index in indices { sums.append(sums[sums.count - 1] &+ sizes[index]) }
    return indices.enumerated().compactMap { number, index in
      if sums[(number + 1)...].dropFirst(2).contains(sums[number + 1] &+ sizes[index]) {
        return (index, .containsNext)
      }
      let first = (0..<number).last { start in
        sums[start...number].dropFirst(2).contains(sums[start] &+ sizes[index])
      }
      return first.map { (index, .containsPrevious(indices[$0])) }
    }
  }
}
