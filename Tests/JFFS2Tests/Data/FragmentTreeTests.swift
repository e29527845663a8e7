import TestSupport
import Testing

@testable import JFFS2

/// Nodes are given as (start, length); later ones cover earlier ones unless a test says otherwise.
@Suite struct FragmentTreeTests {
  private func fragments(_ nodes: [(UInt32, UInt32)], layers: [Int]? = nil) -> [Fragment] {
    FragmentTree(
      layers: layers ?? Array(nodes.indices), nodes: nodes.map { dataNode($0.0, $0.1) }
    ).fragments
  }

  @Test func `no nodes make no fragments`() {
    #expect(fragments([]) == [])
  }

  @Test func `consecutive nodes are visible completely`() {
    #expect(
      fragments([(0, 10), (10, 5)])
        == [Fragment(start: 0, end: 10, node: 0), Fragment(start: 10, end: 15, node: 1)])
  }

  @Test func `a gap is left out`() {
    #expect(
      fragments([(4, 4), (20, 4)])
        == [Fragment(start: 4, end: 8, node: 0), Fragment(start: 20, end: 24, node: 1)])
  }

  @Test func `a node of a lower layer that starts later fills the hole before a higher one`() {
    #expect(
      fragments([(20, 4), (4, 4)])
        == [Fragment(start: 4, end: 8, node: 1), Fragment(start: 20, end: 24, node: 0)])
  }

  @Test func `a node in the middle splits the one below`() {
    #expect(
      fragments([(0, 100), (40, 10)])
        == [
          Fragment(start: 0, end: 40, node: 0), Fragment(start: 40, end: 50, node: 1),
          Fragment(start: 50, end: 100, node: 0),
        ])
  }

  @Test func `a node cuts the tail of one and the head of the next`() {
    #expect(
      fragments([(0, 10), (10, 10), (5, 10)])
        == [
          Fragment(start: 0, end: 5, node: 0), Fragment(start: 5, end: 15, node: 2),
          Fragment(start: 15, end: 20, node: 1),
        ])
  }

  @Test func `an equal range replaces`() {
    #expect(fragments([(0, 10), (0, 10)]) == [Fragment(start: 0, end: 10, node: 1)])
  }

  @Test func `a node that a higher one covers in part twice stays in one piece elsewhere`() {
    // Node 0 would start and end within node 2's neighbors; no boundary may stay where nothing changes.
    #expect(
      fragments([(10, 5), (0, 100)], layers: [0, 1])
        == [Fragment(start: 0, end: 100, node: 1)])
  }

  @Test func `the order of layers decides and not the order of nodes`() {
    #expect(
      fragments([(0, 100), (40, 10)], layers: [1, 0]) == [Fragment(start: 0, end: 100, node: 0)])
  }

  @Test func `nodes that are not part of the layer are not visible`() {
    #expect(fragments([(0, 8), (4, 8)], layers: [0]) == [Fragment(start: 0, end: 8, node: 0)])
  }

  @Test func `a node may reach up to the greatest offset`() {
    #expect(
      fragments([(0, .max), (UInt32.max - 10, 10), (7, 1)])
        == [
          Fragment(start: 0, end: 7, node: 0), Fragment(start: 7, end: 8, node: 2),
          Fragment(start: 8, end: .max - 10, node: 0),
          Fragment(start: .max - 10, end: .max, node: 1),
        ])
  }

  @Test func `the first fragment after an offset is found`() {
    let tree = FragmentTree(layers: [0, 1], nodes: [dataNode(4, 4), dataNode(20, 4)])
    for (offset, index) in [(0, 0), (4, 0), (7, 0), (8, 1), (19, 1), (23, 1), (24, 2)] {
      #expect(tree.firstIndex(endingAfter: UInt64(offset)) == index, "offset \(offset)")
    }
    #expect(tree.firstIndex(endingAfter: .max) == 2)
  }

  @Test func `any nodes paint as byte after byte would`() {
    var random = announcedGenerator()
    for round in 0..<6000 {
      let count = Int.random(in: 1...14, using: &random)
      let width = UInt32.random(in: 1...90, using: &random)
      let nodes = (0..<count).map { _ in
        dataNode(
          UInt32.random(in: 0...width, using: &random),
          UInt32.random(in: 1...width, using: &random))
      }
      var layers = Array(nodes.indices).shuffled(using: &random)
      layers.removeLast(Int.random(in: 0..<count, using: &random))
      if Bool.random(using: &random) { layers.sort() }
      let tree = FragmentTree(layers: layers, nodes: nodes)
      var painted = [Int?](repeating: nil, count: 200)
      for layer in layers {
        for byte in nodes[layer].fileOffset..<nodes[layer].fileEnd { painted[Int(byte)] = layer }
      }
      var expected: [Fragment] = []
      for (byte, node) in painted.enumerated() {
        guard let node else { continue }
        if let last = expected.last, last.node == node, Int(last.end) == byte {
          expected[expected.count - 1] = Fragment(
            start: last.start, end: last.end + 1, node: node)
        } else {
          expected.append(Fragment(start: UInt32(byte), end: UInt32(byte + 1), node: node))
        }
      }
      guard tree.fragments == expected else {
        Issue.record("round \(round): \(nodes.map { ($0.fileOffset, $0.length) }), \(layers)")
        return
      }
    }
  }

  private func dataNode(_ start: UInt32, _ length: UInt32) -> DataNode {
    var image = ImageBuilder()
    image.addInode(2, version: 1, offset: start, size: length, compression: .zero)
    let bytes = image.bytes
    guard let header = NodeHeader(parsing: bytes.span, dialect: image.dialect) else {
      preconditionFailure("the builder writes good headers")
    }
    return DataNode(
      RawInode(parsing: bytes.span, .little), header: header, at: 0,
      rangeLength: UInt32(bytes.count))
  }
}
