import JFFS2
import TestSupport
import Testing

/// Random nodes with random damage, compared with a file that is painted byte by byte.
@Suite struct RandomDamageTests {
  /// The visible data at a byte of the model.
  private enum Byte: Equatable {
    case hole, good(UInt8), bad
    /// No node is there, and it is not a hole of an old kernel.
    case lost
  }

  private struct Node {
    let offset: Int
    let letter: UInt8
    let count: Int
    let isBad: Bool
  }

  @Test(arguments: Endianness.allCases)
  func `valid data is always visible and only the bytes of damaged nodes fail`(
    _ order: Endianness
  ) throws {
    var random = announcedGenerator()
    for round in 0..<800 {
      let nodes = (0..<Int.random(in: 1...8, using: &random)).map { index in
        Node(
          offset: Int.random(in: 0...60, using: &random), letter: UInt8(65 + index),
          count: Int.random(in: 1...60, using: &random),
          isBad: Int.random(in: 0..<3, using: &random) == 0)
      }
      let fileSize = Int.random(in: 0...130, using: &random)
      let places = nodes.indices.shuffled(using: &random)
      for policy in [Volume.DamagePolicy.error, .zero] {
        let volume = try volumeOfOneFile(order, policy) { image in
          for place in places {
            let node = nodes[place]
            image.addInode(
              fileIno, version: UInt32(place + 1), offset: UInt32(node.offset),
              payload: [UInt8](repeating: node.letter, count: node.count),
              flaws: node.isBad ? [.dataCRC] : [])
          }
          image.addMetadata(100, fileSize: UInt32(fileSize))
        }
        let model = model(nodes, fileSize, policy)
        guard try volume.attributes(of: fileIno).size == UInt64(model.count) else {
          Issue.record("round \(round), \(policy): size, \(nodes)")
          return
        }
        for _ in 0..<12 {
          let start = Int.random(in: 0...model.count, using: &random)
          let count = Int.random(in: 0...20, using: &random)
          let part = Array(model[start...].prefix(count))
          if !holds(volume, start, count, part) {
            Issue.record("round \(round), \(policy): \(count) bytes at \(start), \(nodes)")
            return
          }
        }
      }
    }
  }

  private func model(_ nodes: [Node], _ fileSize: Int, _ policy: Volume.DamagePolicy) -> [Byte] {
    var bytes: [Byte] = []
    let shown = policy == .zero ? nodes.filter { !$0.isBad } : nodes
    for node in shown.filter(\.isBad) + shown.filter({ !$0.isBad }) {
      let end = node.offset + node.count
      if end > bytes.count { bytes += [Byte](repeating: .hole, count: end - bytes.count) }
      for byte in node.offset..<end { bytes[byte] = node.isBad ? .bad : .good(node.letter) }
    }
    if policy == .zero { return Array(bytes.prefix(fileSize)) }
    bytes += [Byte](repeating: .hole, count: max(0, fileSize - bytes.count))
    bytes = Array(bytes.prefix(fileSize))
    markLost(&bytes, nodes)
    return bytes
  }

  /// Distinguishes lost ranges from holes. All data is in one page.
  private func markLost(_ bytes: inout [Byte], _ nodes: [Node]) {
    var start = 0
    while start < bytes.count {
      guard bytes[start] == .hole else {
        start += 1
        continue
      }
      let end = bytes[start...].firstIndex { $0 != .hole } ?? bytes.count
      let following = nodes.indices.filter { nodes[$0].offset == end }
      let isProven = following.contains { index in
        index > 0 && nodes[index - 1].offset + nodes[index - 1].count == start
      }
      if !isProven, following.isEmpty || end % 4 != 0 {
        for place in start..<end { bytes[place] = .lost }
      }
      start = end
    }
  }

  private func holds(_ volume: Volume, _ start: Int, _ count: Int, _ part: [Byte]) -> Bool {
    do {
      let bytes = try volume.contents(of: fileIno, from: UInt64(start), count: count)
      return bytes.map { $0 == 0 ? .hole : .good($0) } == part
    } catch JFFS2Error.damaged(let damage) {
      let range = start..<start + part.count
      guard damage.reason == .dataCRC || damage.reason == .missing else { return false }
      let expected: Byte = damage.reason == .missing ? .lost : .bad
      return damage.range.contains { range.contains(Int($0)) && part[Int($0) - start] == expected }
    } catch {
      return false
    }
  }
}
