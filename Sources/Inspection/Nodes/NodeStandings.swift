internal import JFFS2

package enum NodeStanding: String, CaseIterable, Sendable { case live, obsolete, superseded, orphaned, damaged, padding, unknown }

struct NodeStandings {
  func standing(of header: NodeHeader, at offset: UInt32) -> NodeStanding {
    header.type.isAccurate ? .live : .obsolete
  }
}
extension Volume { func nodeStandings() throws(JFFS2Error) -> NodeStandings { NodeStandings() } }
