import Firmware
import TestSupport
import Testing

@Suite(.enabled(if: has("zip", "7z"))) struct SelfExtractingTests {
  /// The relevant parts of programs for Windows and Linux.
  private static let programs: [[UInt8]] = [Array("MZ".utf8), [0x7F, 0x45, 0x4C, 0x46]].map {
    var random = SeededGenerator(seed: 3)
    return $0 + random.bytes(50_000)
  }

  /// Archives of files by the line that makes one.
  private func archives(_ line: String, _ files: [String: [UInt8]]) throws -> [UInt8] {
    let shop = try Workshop()
    for (name, bytes) in files { try shop.write(bytes, name) }
    try shop.run(line)
    return try shop.read("out")
  }

  @Test(arguments: ["zip -q a.zip home && mv a.zip out", "7z a a.7z home && mv a.7z out"])
  func `an archive after a program is opened`(line: String) throws {
    let archive = try archives(line, ["home": jffs2("found")])
    for program in Self.programs {
      #expect(try names(program + archive) == ["found"])
      // A signature or padding may follow.
      #expect(try names(program + archive + [UInt8](repeating: 0, count: 9000)) == ["found"])
    }
  }

  @Test func `a ZIP whose offsets count from the program is opened`() throws {
    let program = Self.programs[0]
    let line =
      "zip -q a.zip home && cat program a.zip > out.zip && zip -A out.zip && mv out.zip out"
    #expect(try names(archives(line, ["home": jffs2("found"), "program": program])) == ["found"])
  }

  @Test func `an archive without JFFS2 after a program is named`() throws {
    let archive = try archives(
      "zip -q a.zip readme && mv a.zip out", ["readme": Array("text".utf8)])
    let error = try #require(try failure(Self.programs[0] + archive))
    #expect(
      "\(error)" == "no JFFS2 file system found in the ZIP archive; its members: readme")
  }

  @Test func `JFFS2 after a program and before an archive without it is found`() throws {
    let archive = try archives(
      "zip -q a.zip readme && mv a.zip out", ["readme": Array("text".utf8)])
    var program = Self.programs[1]
    program += [UInt8](repeating: 0xFF, count: 65536 - program.count)
    #expect(try names(program + jffs2("found") + archive) == ["found"])
  }

  @Test func `a RAR archive after a program is named`() throws {
    let archive = Array("Rar!\u{1A}\u{7}\0".utf8) + [UInt8](repeating: 1, count: 100)
    let error = try #require(try failure(Self.programs[0] + archive))
    #expect("\(error)".contains("a RAR archive at 0xc352: unrar x"))
  }
}
