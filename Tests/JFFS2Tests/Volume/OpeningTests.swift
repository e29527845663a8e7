import Foundation
import Glibc
import JFFS2
import TestSupport
import Testing

/// The ways in which another package opens an image.
@Suite struct OpeningTests {
  private var image: [UInt8] {
    var builder = ImageBuilder()
    builder.addDirectory("d", ino: 2)
    builder.addFile("f", ino: 3, Array("contents".utf8), parent: 2)
    return builder.bytes
  }

  private func expectFile(_ volume: Volume) throws {
    #expect(try volume.lookup(path: "d/f") == 3)
    #expect(try volume.lookup(path: "/d//f/") == 3)
    #expect(try volume.lookup(path: "") == Volume.rootIno)
    #expect(try volume.lookup(path: "d/../d") == nil)
    #expect(try volume.lookup(path: "d/f/g") == nil)
    #expect(try volume.contents(of: 3) == Array("contents".utf8))
    #expect(volume.endianness == .little)
  }

  @Test func `bytes in memory are an image`() throws {
    try expectFile(Volume(bytes: image.span))
    let none: [UInt8] = []
    #expect(throws: JFFS2Error.noNodes) { try Volume(bytes: none.span) }
  }

  @Test func `a file is an image, or a range of it is`() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "jffs2-tests-" + UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let before = [UInt8](repeating: 7, count: 1000)
    try Data(before + image + before).write(to: URL(fileURLWithPath: path))
    let range = UInt64(before.count)..<UInt64(before.count + image.count)
    try expectFile(Volume(path: path, range: range))
    try expectFile(Volume(descriptor: open(path, O_RDONLY), name: "image", range: range))
    #expect(throws: JFFS2Error.self) { try Volume(path: path, range: 0..<UInt64.max) }
    #expect(throws: JFFS2Error.self) { try Volume(path: path + "-absent") }
    #expect(throws: JFFS2Error.self) { try Volume(descriptor: -1, name: "none") }
  }
}
