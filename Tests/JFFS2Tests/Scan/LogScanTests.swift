import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `A scanned log` {
  /// Long enough for two walks at once, whose boundary is this offset.
  private static let border = 2 << 20

  /// A case is the bytes around the boundary; what is before and after are files.
  enum Middle: String, CaseIterable {
    case aNodeStartsAtTheBorder, aNodeCrossesIt, nodesInAPayloadStartAtIt, erasedFlash, dirt
    case theFileSystemEndsBefore
  }

  private static func image(_ middle: Middle) -> ImageBuilder {
    var image = ImageBuilder()
    image.addTextFile(2, name: "first")
    for version in 1...20 { image.addInode(3, version: UInt32(version), payload: [1, 2, 3]) }
    switch middle {
    case .aNodeStartsAtTheBorder: image.padWithErased(toMultipleOf: border)
    case .aNodeCrossesIt:
      image.add(raw: [UInt8](repeating: 0xFF, count: border - 100 - image.bytes.count))
      image.addInode(4, version: 1, payload: [UInt8](repeating: 7, count: 500))
    case .nodesInAPayloadStartAtIt:
      var decoy = ImageBuilder()
      decoy.addTextFile(9, name: "not there", version: 9)
      image.add(raw: [UInt8](repeating: 0xFF, count: border - RawInode.size - image.bytes.count))
      image.addInode(4, version: 1, payload: decoy.bytes)
    case .erasedFlash: image.add(raw: [UInt8](repeating: 0xFF, count: border))
    case .dirt: image.add(raw: [UInt8](repeating: 0x85, count: border))
    case .theFileSystemEndsBefore:
      image.padWithErased(toMultipleOf: 4096)
      image.add(raw: [0xDE, 0xAD, 0xC0, 0xDE])
      image.padWithErased(toMultipleOf: border)
    }
    for ino in 10..<30 { image.addTextFile(UInt32(ino), name: "file \(ino)", version: UInt32(ino)) }
    image.padWithErased(toMultipleOf: 2 * border)
    return image
  }

  @Test(arguments: Middle.allCases)
  func `two walks at once see what one sees`(middle: Middle) throws {
    let image = Self.image(middle)
    let flash = try FlashImage(bytes: image.bytes)
    let range = try FlashRange(flash, 0..<flash.byteCount)
    let volume = try Volume(scanning: range)
    let recorder = try NodeRecorder(image)
    let end = volume.endMarker.map(Int.init) ?? .max
    let nodes = zip(recorder.offsets, recorder.types).filter { $0.0 < end }
    #expect(volume.statistics.nodeCount == nodes.count)
    #expect(volume.statistics.dirtCount == recorder.dirt.count)
    let inodeOffsets = nodes.filter { $0.1 == .inode }.map(\.0)
    let indexed = (0..<40).flatMap { volume.nodes(of: $0) }.map { Int($0.flashOffset) }
    #expect(indexed.sorted() == inodeOffsets)
    #expect(try volume.lookup(Array("not there".utf8).span, in: 1) == nil)
    let last = try volume.lookup(Array("file 29".utf8).span, in: 1)
    #expect(last == (middle == .theFileSystemEndsBefore ? nil : 29))
  }

  /// Bytes after an intact file system, and whether all is still one for certain.
  @Test(
    arguments: [
      ("nothing", [], true), ("erased flash", [UInt8](repeating: 0xFF, count: 64), true),
      ("a written byte", [0xFF, 0xFF, 0xFE, 0xFF] + [UInt8](repeating: 0xFF, count: 12), false),
      ("an end marker", [0xDE, 0xAD, 0xC0, 0xDE] + [UInt8](repeating: 0xFF, count: 12), false),
    ] as [(String, [UInt8], Bool)])
  func `is one file system where nothing else is in the range`(
    label: String, rest: [UInt8], isOne: Bool
  ) throws {
    var image = ImageBuilder()
    image.addTextFile(2, name: "file")
    image.padWithErased(toMultipleOf: 4096)
    image.add(raw: rest)
    #expect(try log(image).isOneFileSystem == isOne)
  }

  @Test func `is not certainly one where two nodes contradict each other`() throws {
    var image = ImageBuilder()
    image.addTextFile(2, name: "file")
    #expect(try log(image).isOneFileSystem)
    var twoInodes = image
    twoInodes.addInode(2, version: 1, payload: [0])
    #expect(try !log(twoInodes).isOneFileSystem)
    var twoNames = image
    twoNames.addDirent(version: 1, ino: 2, name: "other")
    #expect(try !log(twoNames).isOneFileSystem)
    var twoTypes = image
    twoTypes.addInode(2, version: 2, mode: 0o40755)
    #expect(try !log(twoTypes).isOneFileSystem)
    var noNames = ImageBuilder()
    noNames.addCleanmarker()
    #expect(try !log(noNames).isOneFileSystem)
  }

  private func log(_ image: ImageBuilder) throws -> LogScan {
    let flash = try FlashImage(bytes: image.bytes)
    return try LogScan(FlashRange(flash, 0..<flash.byteCount), dialect: image.dialect)
  }
}
