import Glibc
import JFFS2
import Storage
import TestSupport
import Testing

/// Reading around damaged nodes, and around those that the medium does not give.
@Suite struct AvailableBytesTests {
  private static let nodeSize = 4096

  /// A volume with one file of full nodes, and an image of which some nodes can no longer be read.
  ///
  /// - Parameters:
  ///   - damaged: The nodes with a wrong data CRC.
  ///   - unreadable: The nodes after which the image's file is truncated.
  private func volume(
    count: Int, damaged: Set<Int>, unreadable: Set<Int>
  ) throws -> (volume: Volume, contents: [UInt8]) {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: fileIno, name: "f")
    var generator = SeededGenerator(seed: 5)
    let contents = generator.bytes(count * Self.nodeSize)
    var ranges: [(range: Range<Int>, isLost: Bool)] = [(0..<builder.bytes.count, false)]
    for index in 0..<count {
      let start = index * Self.nodeSize
      let offset = builder.addInode(
        fileIno, version: UInt32(index + 1), offset: UInt32(start),
        payload: Array(contents[start..<start + Self.nodeSize]),
        flaws: damaged.contains(index) ? [.dataCRC] : [])
      ranges.append((offset..<builder.bytes.count, unreadable.contains(index)))
    }
    var stored: [UInt8] = []
    var starts: [Int: Int] = [:]
    for isLost in [false, true] {
      for range in ranges where range.isLost == isLost {
        starts[range.range.lowerBound] = stored.count
        stored += builder.bytes[range.range]
      }
    }
    let file = try FlashImage(bytes: stored)
    let image = file.arranged(
      ranges.map { range in
        ImageSegment(
          start: starts[range.range.lowerBound].map(UInt64.init), count: UInt64(range.range.count))
      })
    let volume = try Volume(scanning: FlashRange(image, 0..<image.byteCount))
    let lostCount = ranges.filter(\.isLost).map(\.range.count).reduce(0, +)
    ftruncate(file.fileDescriptor, stored.count - lostCount)
    return (volume, contents)
  }

  @Test(arguments: [1, 100, 4096, 5000, 40_000, 1 << 20])
  func `exactly the bytes of lost nodes are lost`(bufferSize: Int) throws {
    let (damaged, unreadable): (Set<Int>, Set<Int>) = ([3, 9, 12, 13, 30], [0, 4, 10, 20, 21, 31])
    let (volume, contents) = try volume(count: 40, damaged: damaged, unreadable: unreadable)
    let lostNodes = damaged.union(unreadable)
    var isLost = [Bool](repeating: false, count: contents.count)
    for node in lostNodes {
      for byte in node * Self.nodeSize..<(node + 1) * Self.nodeSize { isLost[byte] = true }
    }
    let step = bufferSize == 1 ? 997 : bufferSize
    for offset in stride(from: 0, to: contents.count, by: step) {
      var buffer = [UInt8](repeating: 0xA5, count: bufferSize)
      var span = buffer.mutableSpan
      let read = volume.readAvailable(fileIno, at: UInt64(offset), into: &span)
      let end = min(offset + bufferSize, contents.count)
      #expect(read.range == UInt64(offset)..<UInt64(end))
      #expect(buffer[(end - offset)...].allSatisfy { $0 == 0xA5 })
      let expected = (offset..<end).map { isLost[$0] ? 0 : contents[$0] }
      #expect(buffer[..<(end - offset)] == expected[...])
      let lost = read.lost.flatMap { Int($0.range.lowerBound)..<Int($0.range.upperBound) }
      #expect(lost == (offset..<end).filter { isLost[$0] })
      let available = read.available.flatMap { Int($0.lowerBound)..<Int($0.upperBound) }
      #expect(available == (offset..<end).filter { !isLost[$0] })
    }
  }

  @Test func `a loss names its cause, and adjacent unreadable nodes are one loss`() throws {
    let (volume, _) = try volume(count: 8, damaged: [1], unreadable: [3, 4])
    var buffer = [UInt8](repeating: 0, count: 8 * Self.nodeSize)
    var span = buffer.mutableSpan
    let lost = volume.readAvailable(fileIno, at: 0, into: &span).lost
    #expect(lost.map(\.range) == [4096..<8192, 12288..<20480])
    guard case .damaged(let damage) = lost.first?.error, case .storage(let error) = lost.last?.error
    else { throw Failure() }
    #expect(damage.reason == .dataCRC)
    #expect(error.code == .shortRead)
  }

  @Test func `all is lost of a file of which nothing is known`() throws {
    let volume = try volumeOfOneFile(.little) { image in
      image.addText(1, "A", count: 100, flaws: [.dataCRC])
    }
    var buffer = [UInt8](repeating: 0xA5, count: 10)
    var span = buffer.mutableSpan
    let read = volume.readAvailable(fileIno, at: .max - 4, into: &span)
    #expect(read.range == UInt64.max - 4 ..< .max)
    #expect(read.lost.map(\.range) == [read.range])
    #expect(read.lost.first?.error == .unusableInode(fileIno))
    #expect(buffer == zeros(10))
  }

  @Test func `attributes are read again without reading a payload again`() throws {
    let (volume, _) = try volume(count: 4, damaged: [], unreadable: [3])
    #expect(throws: JFFS2Error.self) { try volume.attributes(of: fileIno) }
    let image = try FlashImage(
      bytes: {
        var builder = ImageBuilder()
        builder.addDirent(version: 1, ino: fileIno, name: "f")
        builder.addText(1, "A", count: 4096)
        return builder.bytes
      }())
    let whole = try Volume(scanning: FlashRange(image, 0..<image.byteCount))
    let first = try whole.attributes(of: fileIno)
    ftruncate(image.fileDescriptor, Int(image.byteCount) - 4096)
    #expect(try whole.attributes(of: fileIno) == first)
    #expect(throws: JFFS2Error.self) { try whole.contents(of: fileIno) }
  }

  private struct Failure: Error {}
}
