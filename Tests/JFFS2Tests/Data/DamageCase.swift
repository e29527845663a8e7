import JFFS2
import TestSupport
import Testing

/// A file of a few nodes, some with a wrong data CRC, and what becomes of it.
struct DamageCase: CustomTestStringConvertible, Sendable {
  /// A node of one letter; its version is its index in the list, from 1.
  struct Node: Sendable {
    var letter: Character = "A"
    var count = 4096
    var offset = 0
    var fileSize: Int?
    var mode: UInt32 = 0o100644
    var isBad = false
    var version: UInt32?
  }

  let testDescription: String
  let nodes: [Node]
  /// The contents served by the driver; nil if its look-up fails.
  let driver: [UInt8]?
  /// Which node the attributes come from.
  var latestIndex = 0
  /// The size with the default policy, where it is not the driver's.
  var size: Int?
  /// The ranges that are errors with the default policy, and their nodes.
  var bad: [(range: Range<Int>, node: Int)] = []

  var latest: (version: UInt32, mode: UInt32) {
    let node = nodes[latestIndex]
    return (node.version ?? UInt32(latestIndex + 1), node.mode)
  }

  func volume(
    _ order: Endianness, _ policy: Volume.DamagePolicy
  ) throws -> (volume: Volume, places: [Int]) {
    var places: [Int] = []
    let volume = try volumeOfOneFile(order, policy) { image in
      for (index, node) in nodes.enumerated() {
        let version = node.version ?? UInt32(index + 1)
        let fileSize = UInt32(node.fileSize ?? node.offset + node.count)
        places.append(
          node.count == 0
            ? image.addMetadata(version, fileSize: fileSize, mode: node.mode)
            : image.addText(
              version, node.letter, count: node.count, at: UInt32(node.offset),
              fileSize: fileSize, mode: node.mode, flaws: node.isBad ? [.dataCRC] : []))
      }
    }
    return (volume, places)
  }
}

extension DamageCase {
  /// A file as mkfs.jffs2 writes it, in chunks of 4096 bytes and with its size in every node.
  private static func made(bytes: Int, bad: Set<Int>) -> [Node] {
    (0..<(bytes + 4095) / 4096).map { index in
      Node(
        letter: Array("ABCDE")[index], count: min(4096, bytes - index * 4096),
        offset: index * 4096, fileSize: bytes, isBad: bad.contains(index))
    }
  }

  static let all: [DamageCase] = fromMkfs + fromDriver + overlapping

  private static let fromMkfs = [
    DamageCase(
      testDescription: "third of five",
      nodes: made(bytes: 20_000, bad: [2]),
      driver: text("A", 4096) + text("B", 4096) + zeros(4096) + text("D", 4096)
        + text("E", 3616),
      latestIndex: 4, bad: [(8192..<12288, 2)]),
    DamageCase(
      testDescription: "first of two",
      nodes: made(bytes: 8192, bad: [0]), driver: zeros(4096) + text("B", 4096),
      latestIndex: 1, bad: [(0..<4096, 0)]),
    DamageCase(
      testDescription: "last of five",
      nodes: made(bytes: 20_000, bad: [4]),
      driver: text("A", 4096) + text("B", 4096) + text("C", 4096) + text("D", 4096),
      latestIndex: 3, size: 20_000, bad: [(16384..<20_000, 4)]),
    DamageCase(testDescription: "the only one", nodes: made(bytes: 1, bad: [0]), driver: nil),
    DamageCase(
      testDescription: "two adjacent nodes",
      nodes: made(bytes: 20_000, bad: [1, 2]),
      driver: text("A", 4096) + zeros(8192) + text("D", 4096) + text("E", 3616),
      latestIndex: 4, bad: [(4096..<8192, 1), (8192..<12288, 2)]),
  ]

  private static let fromDriver = [
    DamageCase(
      testDescription: "overwritten whole, the newer bad",
      nodes: [Node(mode: 0o100600), Node(letter: "B", isBad: true)], driver: text("A", 4096)),
    DamageCase(
      testDescription: "overwritten whole, then in part, the second bad",
      nodes: [
        Node(), Node(letter: "B", isBad: true),
        Node(letter: "C", count: 100, offset: 1000, fileSize: 4096),
      ],
      driver: text("A", 1000) + text("C", 100) + text("A", 2996), latestIndex: 2),
    DamageCase(
      testDescription: "overwritten whole, then in part, the first bad",
      nodes: [
        Node(isBad: true), Node(letter: "B"),
        Node(letter: "C", count: 100, offset: 1000, fileSize: 4096),
      ],
      driver: text("B", 1000) + text("C", 100) + text("B", 2996), latestIndex: 2),
    DamageCase(
      testDescription: "overwritten in part, the newer bad",
      nodes: [Node(), Node(letter: "B", count: 100, offset: 100, fileSize: 4096, isBad: true)],
      driver: text("A", 4096)),
    DamageCase(
      testDescription: "three layers, the newest bad",
      nodes: [
        Node(), Node(letter: "B", count: 1000, offset: 1000, fileSize: 4096),
        Node(letter: "C", isBad: true),
      ],
      driver: text("A", 1000) + text("B", 1000) + text("A", 2096), latestIndex: 1),
    DamageCase(
      testDescription: "the newest appends and is bad",
      nodes: [Node(mode: 0o100600), Node(letter: "B", offset: 4096, isBad: true)],
      driver: text("A", 4096)),
    DamageCase(
      testDescription: "a bad append, then attributes",
      nodes: [
        Node(mode: 0o100600), Node(letter: "B", offset: 4096, isBad: true),
        Node(count: 0, fileSize: 8192, mode: 0o100640),
      ],
      driver: text("A", 4096), latestIndex: 2, size: 8192, bad: [(4096..<8192, 1)]),
    DamageCase(
      testDescription: "all data bad, attributes good",
      nodes: [Node(isBad: true), Node(count: 0, fileSize: 4096, mode: 0o100640)],
      driver: [], latestIndex: 1, size: 4096, bad: [(0..<4096, 0)]),
  ]

  private static let overlapping = [
    DamageCase(
      testDescription: "bad and truncated by the size",
      nodes: [Node(isBad: true), Node(count: 0, fileSize: 1000)],
      driver: [], latestIndex: 1, size: 1000, bad: [(0..<1000, 0)]),
    DamageCase(
      testDescription: "bad and split by valid data",
      nodes: [
        Node(isBad: true), Node(letter: "B", count: 100, offset: 1000, fileSize: 4096),
        Node(count: 0, fileSize: 4096),
      ],
      driver: zeros(1000) + text("B", 100), latestIndex: 2, size: 4096,
      bad: [(0..<1000, 0), (1100..<4096, 0)]),
    DamageCase(
      testDescription: "a newer bad node extends beyond the valid one",
      nodes: [
        Node(), Node(letter: "B", offset: 2048, isBad: true), Node(count: 0, fileSize: 6144),
      ],
      driver: text("A", 4096), latestIndex: 2, size: 6144, bad: [(4096..<6144, 1)]),
    DamageCase(
      testDescription: "two bad copies",
      nodes: [
        Node(isBad: true, version: 1), Node(isBad: true, version: 1),
        Node(count: 0, fileSize: 4096),
      ],
      driver: [], latestIndex: 2, size: 4096, bad: [(0..<4096, 1)]),
    DamageCase(
      testDescription: "valid data of version 1 below two bad nodes",
      nodes: [
        Node(), Node(letter: "B", isBad: true), Node(letter: "C", count: 3000, isBad: true),
      ],
      driver: text("A", 4096)),
  ]
}
