import JFFS2
import TestSupport
import Testing

/// Files as the driver writes them, change by change, compared with an array that saw the same changes.
@Suite struct DriverHistoryTests {
  @Test(arguments: Endianness.allCases)
  func `after any changes a file reads as the changes left it`(_ order: Endianness) throws {
    var random = announcedGenerator()
    for round in 0..<1200 {
      var history = FileHistory()
      for _ in 0..<Int.random(in: 1...25, using: &random) { history.change(&random) }
      if Bool.random(using: &random) { history.nodes.shuffle(using: &random) }
      let volume = try volumeOfOneFile(order) { image in
        for node in history.nodes { node.write(&image) }
      }
      let attributes = try volume.attributes(of: fileIno)
      let contents = try volume.contents(of: fileIno, from: 0, count: history.contents.count + 5)
      guard contents == history.contents, attributes.size == UInt64(history.contents.count),
        attributes.mode == history.mode
      else {
        Issue.record("round \(round): \(history.nodes)")
        return
      }
      let offset = Int.random(in: 0...contents.count, using: &random)
      let count = Int.random(in: 0...contents.count, using: &random)
      #expect(
        try volume.contents(of: fileIno, from: UInt64(offset), count: count)
          == Array(contents[offset...].prefix(count)), "round \(round)")
    }
  }
}

/// The nodes that the driver writes for a file's changes, and what the file then is.
private struct FileHistory {
  struct Node {
    var version: UInt32
    var mode: UInt16
    var fileSize: Int
    var offset = 0
    var payload: [UInt8] = []
    var size = 0
    var compression = Compression.none

    func write(_ image: inout ImageBuilder) {
      image.addInode(
        fileIno, version: version, mode: UInt32(mode), fileSize: UInt32(fileSize),
        offset: UInt32(offset), payload: payload, size: UInt32(size), compression: compression)
    }
  }

  /// The compressors that drivers of today write with.
  private static let encoders = Encoder.all.filter {
    [.none, .rtime, .zlib, .lzo].contains($0.compression)
  }

  /// In place of the driver's 4096, so that small files have many pages.
  private static let pageSize = 64

  private(set) var contents: [UInt8] = []
  private(set) var mode: UInt16 = 0o100644
  var nodes: [Node]
  private var version: UInt32 = 1

  init() {
    nodes = [Node(version: 1, mode: 0o100644, fileSize: 0)]
  }

  mutating func change(_ random: inout SeededGenerator) {
    let size = contents.count
    switch Int.random(in: 0..<9, using: &random) {
    case 0...2:
      write(Int.random(in: 0...size, using: &random), &random)
    case 3, 4:
      write(size, &random)
    case 5:
      write(size + Int.random(in: 0..<150, using: &random), &random)
    case 6:
      truncate(Int.random(in: 0...size, using: &random))
    case 7:
      extend(size + Int.random(in: 1..<200, using: &random))
    default:
      if Bool.random(using: &random), let node = nodes.randomElement(using: &random) {
        nodes.append(node)  // A garbage collection that was interrupted leaves two copies.
      } else {
        mode = 0o100000 | UInt16.random(in: 0...0o7777, using: &random)
        addMetadata()
      }
    }
  }

  private mutating func write(_ start: Int, _ random: inout SeededGenerator) {
    if start > contents.count { extend(start) }
    let data = random.bytes(Int.random(in: 1...180, using: &random))
    let isAppend = start == contents.count
    let end = start + data.count
    if end > contents.count { contents += zeros(end - contents.count) }
    contents.replaceSubrange(start..<end, with: data)
    // An append begins at a multiple of four and so repeats up to three bytes.
    var position = isAppend ? max(start & ~3, start / Self.pageSize * Self.pageSize) : start
    let fileSize = isAppend ? 0 : contents.count
    while position < end {
      let next = min(end, (position / Self.pageSize + 1) * Self.pageSize)
      let chunk = Array(contents[position..<next])
      // The driver stores the size that it has written so far.
      let size = max(fileSize, next)
      version += 1
      var node = Node(version: version, mode: mode, fileSize: size, offset: position)
      node.size = chunk.count
      let encoder = Self.encoders.randomElement(using: &random)
      node.compression = encoder?.compression ?? .none
      node.payload = encoder?.encode(chunk) ?? chunk
      nodes.append(node)
      position = next
    }
  }

  private mutating func truncate(_ size: Int) {
    contents.removeLast(contents.count - size)
    addMetadata()
  }

  private mutating func extend(_ size: Int) {
    version += 1
    var node = Node(version: version, mode: mode, fileSize: size, offset: contents.count)
    node.size = size - contents.count
    node.compression = .zero
    nodes.append(node)
    contents += zeros(size - contents.count)
  }

  private mutating func addMetadata() {
    version += 1
    nodes.append(Node(version: version, mode: mode, fileSize: contents.count))
  }
}
