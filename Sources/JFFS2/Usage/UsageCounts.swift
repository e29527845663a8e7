/// The use of a byte of the flash.
package enum ByteUsage: Int, CaseIterable, Sendable {
  /// Part of a node that the driver still needs.
  case live
  /// Part of a node that is no longer needed, which garbage collection would reclaim: obsolete, superseded, orphaned, or padding.
  case reclaimable
  /// Erased: four bytes of 0xFF, or an end of fewer.
  case free
  /// Part of a node with a wrong CRC.
  case damaged
  /// Anything else: another file system, rubbish, the rest of a node that lost its header.
  case foreign

  package init(_ state: NodeState) {
    switch state {
    case .live, .unknown: self = .live
    case .obsolete, .superseded, .orphaned, .padding: self = .reclaimable
    case .damaged: self = .damaged
    }
  }
}

/// Numbers of bytes by what they are used for.
package struct UsageCounts: Equatable, Sendable {
  private var counts: [5 of UInt64] = [0, 0, 0, 0, 0]

  package init() {}

  package subscript(state: ByteUsage) -> UInt64 {
    get { counts[state.rawValue] }
    set { counts[state.rawValue] = newValue }
  }

  /// All of them.
  package var total: UInt64 { ByteUsage.allCases.reduce(0) { $0 + self[$1] } }

  package static func += (left: inout UsageCounts, right: UsageCounts) {
    for state in ByteUsage.allCases { left[state] += right[state] }
  }

  package static func == (left: UsageCounts, right: UsageCounts) -> Bool {
    ByteUsage.allCases.allSatisfy { left[$0] == right[$0] }
  }
}
