internal import JFFS2

/// A piece of the work of verifying a file system, for one thread.
enum VerificationWork: Sendable {
  /// The walk over all nodes.
  case log
  /// Some inodes.
  case inodes(ArraySlice<UInt32>)
  /// One of several parts of a large file.
  case part(ino: UInt32, number: Int, of: Int)

  private static let nodesInPiece = 1024

  /// All pieces: the longest first.
  static func items(of volume: Volume) -> [VerificationWork] {
    let inos = volume.linkedInos
    var items: [VerificationWork] = [.log]
    var first = 0
    var nodeCount = 0
    for (index, ino) in inos.enumerated() {
      let count = volume.nodes(of: ino).count
      if count > 2 * nodesInPiece {
        let parts = count / nodesInPiece
        for number in 0..<parts { items.append(.part(ino: ino, number: number, of: parts)) }
      }
      nodeCount += count
      guard nodeCount >= nodesInPiece || index == inos.count - 1 else { continue }
      items.append(.inodes(inos[first...index]))
      (first, nodeCount) = (index + 1, 0)
    }
    return items
  }

  func run(
    _ volume: Volume, _ results: inout VerificationResults, _ progress: Progress?
  ) throws(JFFS2Error) {
    switch self {
    case .log:
      results.log = try LogVerification.run(volume, progress)
    case .inodes(let inos):
      for ino in inos {
        let isDivided = volume.nodes(of: ino).count > 2 * Self.nodesInPiece
        try results.check(ino, of: volume, includesContents: !isDivided, progress)
      }
    case .part(let ino, let number, let count):
      // Why the file cannot be read at all is reported where its attributes are checked.
      guard let fragments = try? volume.fragmentCount(of: ino) else { return }
      let part = fragments * number / count..<fragments * (number + 1) / count
      try results.checkContents(of: ino, part, of: volume, progress)
    }
  }
}
