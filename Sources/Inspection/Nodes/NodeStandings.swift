internal import JFFS2

package enum NodeStanding: String, CaseIterable, Sendable {
  case live, obsolete, superseded, orphaned, damaged
}

struct NodeStandings {
  init(_ volume: Volume) {}
  func standing(
    of header: NodeHeader, at offset: UInt32, _ bytes: Span<UInt8>, _ checks: NodeChecks
  ) -> NodeStanding {
    header.type.isAccurate ? (checks.areGood ? .live : .damaged) : .obsolete
  }
}
