package import JFFS2

/// The result of a verification of a firmware.
package struct VerificationReport: Sendable {
  /// The result for one of the file systems.
  package struct FileSystem: Encodable, Sendable {
    package let name: String
    package var counts = Counts()
    /// By path and range, then by flash offset.
    package var findings: [Finding] = []
  }

  /// The numbers of checked items.
  package struct Counts: Encodable, Equatable, Sendable {
    /// All nodes with a valid header.
    package var nodes = 0
    package var obsoleteNodes = 0
    /// Obsolete nodes with a wrong CRC, which is normal and nowhere listed.
    package var damagedObsoleteNodes = 0
    /// Inodes that names lead to.
    package var inodes = 0
    /// Regular files among them.
    package var files = 0
    /// Nodes that were decompressed.
    package var chunks = 0
  }

  /// As the user gave it.
  let firmware: String
  package let fileSystems: [FileSystem]
  /// The problems of the containers around the file systems.
  package let containerFindings: [Finding]

  /// Everything that was found.
  package var findings: [Finding] { containerFindings + fileSystems.flatMap(\.findings) }

  /// Whether nothing is lost.
  package var isSound: Bool { !findings.contains { $0.isDamage } }
}
