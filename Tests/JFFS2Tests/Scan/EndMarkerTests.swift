import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct EndMarkers {
  private static let marker: [UInt8] = [0xDE, 0xAD, 0xC0, 0xDE]

  private func file(_ name: String, ino: UInt32, size: Int, _ builder: inout ImageBuilder) {
    builder.addDirent(version: ino, ino: ino, name: name)
    builder.addInode(ino, version: 1)
    builder.addInode(ino, version: 2, payload: [UInt8](repeating: 1, count: size))
  }

  /// Two blocks, the marker at `offset`, and a file after it.
  private func volume(markerAt offset: Int, _ options: Volume.Options = .init()) throws -> Volume {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    file("a", ino: 2, size: 100, &builder)
    builder.padWithErased(toMultipleOf: 8192)
    builder.addCleanmarker()
    file("b", ino: 3, size: 5000, &builder)
    builder.padWithErased(toMultipleOf: offset)
    builder.add(raw: Self.marker)
    builder.padWithErased(toMultipleOf: 8192)
    builder.addCleanmarker()
    file("stale", ino: 4, size: 100, &builder)
    builder.padWithErased(toMultipleOf: 8192)
    return try Volume(builder, options)
  }

  private func names(_ volume: Volume) throws -> [String] {
    try volume.entries(of: 1).map { String(decoding: $0.name, as: UTF8.self) }
  }

  @Test func `an end marker counts only at the start of an erase block`() throws {
    let ending = try volume(markerAt: 16384)
    #expect(ending.eraseSize.byteCount == 8192)
    #expect(try names(ending) == ["a", "b"])
    #expect(ending.integrityFindings.map(\.kind) == [.endMarker])
    #expect(ending.integrityFindings[0].reason.hasSuffix("; 4 nodes after it are stale"))
    let inside = try volume(markerAt: 4096 * 7)
    #expect(try names(inside) == ["a", "b", "stale"])
    #expect(inside.integrityFindings.map(\.kind) == [.endMarker])
    #expect(inside.integrityFindings[0].reason.hasSuffix("and is ignored"))
  }

  /// Blocks of 4 KiB before the marker, and of 64 KiB after it.
  @Test func `an update that enlarges the erase blocks mixes nothing`() throws {
    var builder = ImageBuilder()
    for number in 0..<4 {
      builder.addCleanmarker()
      if number == 0 { file("kept", ino: 2, size: 3000, &builder) }
      builder.padWithErased(toMultipleOf: 4096)
    }
    builder.add(raw: Self.marker)
    for ino in 3...40 as ClosedRange<UInt32> {
      if ino % 10 == 3 {
        builder.padWithErased(toMultipleOf: 65536)
        builder.addCleanmarker()
      }
      file("f\(ino)", ino: ino, size: 3500, &builder)
    }
    builder.padWithErased(toMultipleOf: 65536)
    let volume = try Volume(builder)
    #expect(try names(volume).count == 39)
    #expect(volume.integrityFindings.map(\.kind) == [.endMarker])
    #expect(volume.indexDamage == [])
  }

  @Test func `the bytes after it are not damaged`() throws {
    let usage = try FlashUsage(volume(markerAt: 16384))
    #expect(usage.bytes[.damaged] == 0 && usage.bytes[.foreign] > 0)
    #expect(usage.bytes.total == 32768)
  }

  @Test func `a given erase size decides`() throws {
    let volume = try volume(markerAt: 16384, Volume.Options(eraseSize: 65536))
    #expect(try names(volume) == ["a", "b", "stale"])
  }
}

@Suite struct GivenEraseSizes {
  @Test func `an erase size that hides nodes is reported`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    for ino in 2...9 as ClosedRange<UInt32> {
      builder.addDirent(version: ino, ino: ino, name: "f\(ino)")
      builder.addInode(ino, version: 1)
      builder.addInode(ino, version: 2, payload: [UInt8](repeating: 1, count: 3000))
    }
    #expect(try Volume(builder).indexDamage == [])
    let options = Volume.Options(eraseSize: 4096)
    let damage = try Volume(builder, options).indexDamage
    let line = try #require(damage.first { $0.kind == .contradictingOption }?.reason)
    #expect(
      line.hasPrefix(
        "the erase size of 4096 bytes does not fit: it hides 6 nodes; the data fit 65536"))
  }
}

@Suite struct `Blocks before a file system` {
  @Test(arguments: [(byte: UInt8(0), isReported: true), (0xFF, false), (7, false)])
  func `are reported where they read as zeros`(byte: UInt8, isReported: Bool) throws {
    var builder = ImageBuilder()
    builder.add(raw: [UInt8](repeating: byte, count: 65536))
    builder.addCleanmarker()
    builder.addDirent(version: 1, ino: 2, name: "f")
    builder.addInode(2, version: 1)
    let image = try FlashImage(bytes: builder.bytes)
    let volume = try Volume(scanning: FlashRange(image, 65536..<image.byteCount))
    #expect(volume.integrityFindings.map(\.kind) == (isReported ? [.precedingZeros] : []))
    #expect(volume.indexDamage == [])
  }
}
