import Glibc
import Storage
import TestSupport
import Testing

@Suite struct SpareAreaTests {
  private static let layouts = [(512, 16), (2048, 64), (4096, 224), (8192, 744), (5, 3), (1, 1)]

  private struct Model {
    let image: FlashImage
    let data: [UInt8]

    /// A dump of random pages after `start` bytes of something else, without its last `missing` bytes.
    init(
      _ sizes: (Int, Int), pages: Int, start: Int = 0, missing: Int = 0,
      _ generator: inout SeededGenerator
    ) throws {
      let layout = try #require(NANDPageLayout(pageSize: sizes.0, oobSize: sizes.1))
      var dump = (0..<start + pages * layout.stride).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      dump.removeLast(missing)
      data = dump.indices.filter { $0 >= start && ($0 - start) % layout.stride < layout.pageSize }
        .map { dump[$0] }
      image = try FlashImage(bytes: dump).strippingOOB(layout, from: UInt64(start))
    }

    func read(_ offset: Int, _ count: Int) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0xA5, count: count)
      var span = bytes.mutableSpan
      try image.read(at: UInt64(offset), into: &span)
      return bytes
    }
  }

  @Test(arguments: layouts)
  func `reads anywhere give the data alone`(sizes: (Int, Int)) throws {
    var generator = SeededGenerator(seed: 21)
    let model = try Model(sizes, pages: (1 << 20) / sizes.0 / 2 + 3, start: 7, &generator)
    #expect(model.image.byteCount == UInt64(model.data.count))
    #expect(try model.read(0, model.data.count) == model.data)
    for _ in 0..<300 {
      let offset = Int.random(in: 0...model.data.count, using: &generator)
      let most = [1, sizes.0, 3 * sizes.0, 300 << 10].randomElement(using: &generator) ?? 1
      let count = Int.random(in: 0...min(most, model.data.count - offset), using: &generator)
      #expect(try model.read(offset, count) == Array(model.data[offset..<offset + count]))
    }
  }

  @Test(arguments: [1, 64, 65, 1000, 2111])
  func `a truncated last page counts up to its end`(missing: Int) throws {
    var generator = SeededGenerator(seed: 22)
    let model = try Model((2048, 64), pages: 5, missing: missing, &generator)
    #expect(model.data.count == 4 * 2048 + max(0, min(2048, 2112 - missing)))
    #expect(model.image.byteCount == UInt64(model.data.count))
    #expect(try model.read(1000, model.data.count - 1000) == Array(model.data[1000...]))
    #expect(throws: StorageError.self) { try model.read(model.data.count - 1, 2) }
  }

  @Test func `the descriptor lives as long as the last image that shares it`() throws {
    var generator = SeededGenerator(seed: 23)
    // The model drops the image that it strips.
    let model = try Model((2048, 64), pages: 2, &generator)
    #expect(try model.read(0, 4096) == model.data)
  }

  @Test func `a dump that shrinks gives an error with the offset in the file`() throws {
    let path = "/dev/shm/jffs2-spare-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    defer { unlink(path) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0 && ftruncate(descriptor, 10 * 2112) == 0)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let image = try FlashImage(adopting: descriptor, path: path)
      .strippingOOB(layout, from: 0)
    #expect(truncate(path, 2 * 2112 + 100) == 0)
    var bytes = [UInt8](repeating: 0, count: 3 * 2048)
    let error = #expect(throws: StorageError.self) {
      var span = bytes.mutableSpan
      try image.read(at: 0, into: &span)
    }
    #expect(error == StorageError(.shortRead, path: path, offset: 2 * 2112 + 100))
  }

  @Test func `sizes that no flash has are refused`() {
    #expect(NANDPageLayout(pageSize: 0, oobSize: 16) == nil)
    #expect(NANDPageLayout(pageSize: 512, oobSize: 0) == nil)
    #expect(NANDPageLayout(pageSize: 512, oobSize: 513) == nil)
    #expect(NANDPageLayout(pageSize: 1 << 21, oobSize: 64) == nil)
  }
}
