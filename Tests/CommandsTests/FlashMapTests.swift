import FirmwareAccess
import Foundation
import Commands
import TestSupport
import Testing

@Suite struct `Map of the erase blocks` {
  private func image(blocks: Int = 64) -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addFile("a<&>\"\u{1B}[31m", ino: 2, Array(repeating: 1, count: 40_000))
    builder.addFile("bad", ino: 3, Array(repeating: 1, count: 9000), damaged: [1])
    builder.padWithErased(toMultipleOf: 4096)
    builder.add(raw: Array(repeating: 0x41, count: 4096))
    let rest = blocks * 4096 - builder.bytes.count
    builder.add(raw: Array(repeating: 0xFF, count: rest))
    return builder
  }

  private func map(_ builder: ImageBuilder) throws -> FlashMap {
    let workspace = try Workspace()
    var options = InputOptions(path: .init(try workspace.write(builder)))
    options.volume.eraseSize = 4096
    return try FlashMap(FirmwareImage(options))
  }

  /// The text without what colors it.
  private func plain(_ text: String) -> String {
    text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
  }

  @Test(arguments: [20, 40, 80, 200], [64, 16_384])
  func `no line is longer than the terminal is wide`(width: Int, blocks: Int) throws {
    let text = try map(image(blocks: blocks)).text(TerminalStyle(colors: .none, width: width))
    let lines = text.split(separator: "\n")
    #expect(lines.count < 50)
    // Narrower than 40, the legend's numbers come first.
    #expect(lines.allSatisfy { $0.count <= max(width, 40) })
  }

  @Test func `without colors the characters distinguish the states`() throws {
    let text = try map(image()).text(TerminalStyle(colors: .none, width: 80))
    #expect(!text.contains("\u{1B}"))
    for character in ["+", "x", ".", "?"] { #expect(text.contains(character)) }
    #expect(text.contains("64 erase blocks of 4 KiB"))
    #expect(text.contains("   0x0 "))
  }

  @Test(arguments: [
    (TerminalStyle.Colors.sixteen, "\u{1B}[97;41m"), (.palette, "48;5;167m"),
    (.trueColor, "48;2;224;60;60m"),
  ])
  func `colors change nothing else`(colors: TerminalStyle.Colors, damage: String) throws {
    let map = try map(image())
    let colored = map.text(TerminalStyle(colors: colors, width: 80))
    #expect(colored.contains(damage))
    #expect(plain(colored) == map.text(TerminalStyle(colors: .none, width: 80)))
  }

  @Test(arguments: [
    (["TERM": "xterm"], TerminalStyle.Colors.sixteen),
    (["TERM": "xterm-256color"], .palette),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor"], .trueColor),
    (["TERM": "xterm", "COLORTERM": "24bit"], .trueColor),
    (["TERM": "dumb"], .none), ([:], .none),
    (["TERM": "xterm-256color", "NO_COLOR": "1"], .none),
    (["TERM": "xterm-256color", "NO_COLOR": ""], .palette),
  ])
  func `the environment decides on colors`(
    environment: [String: String], expected: TerminalStyle.Colors
  ) {
    func style(_ choice: TerminalStyle.Choice, isTerminal: Bool) -> TerminalStyle {
      TerminalStyle(
        choice, environment: environment, isTerminal: isTerminal, terminalWidth: 100)
    }
    #expect(style(.auto, isTerminal: true).colors == expected)
    #expect(style(.auto, isTerminal: false).colors == .none)
    #expect(style(.never, isTerminal: true).colors == .none)
    #expect(style(.always, isTerminal: false).colors != .none)
    #expect(style(.auto, isTerminal: true).width == 100)
  }

  @Test func `COLUMNS has priority over the terminal, and 80 is the default`() {
    func width(_ environment: [String: String], _ terminal: Int) -> Int {
      TerminalStyle(
        .auto, environment: environment, isTerminal: true, terminalWidth: terminal
      ).width
    }
    #expect(width(["COLUMNS": "132"], 100) == 132)
    #expect(width(["COLUMNS": "many"], 100) == 100)
    #expect(width([:], 0) == 80)
  }

  @Test(arguments: [64, 16_384])
  func `the picture is XML, and names in it are escaped`(blocks: Int) throws {
    let workspace = try Workspace()
    let file = try workspace.write(Array(map(image(blocks: blocks)).svg.utf8), "map.svg")
    let checker = """
      import sys, xml.etree.ElementTree as tree
      root = tree.parse(sys.argv[1]).getroot()
      assert root.tag == "{http://www.w3.org/2000/svg}svg"
      titles = [t.text for t in root.iter("{http://www.w3.org/2000/svg}title")]
      assert any('/a<&>"\\\\033[31m (' in t for t in titles), titles[:3]
      assert any(title.startswith("Block") for title in titles), titles[:3]
      """
    let result = try ChildProcess(["/usr/bin/python3", "-c", checker, file]).wait()
    #expect(result.status == 0, "\(result.error)")
  }

  @Test func `the programs write the picture and the document`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(image())
    let json = try workspace.jffs2("map", "--json", "--erase-size", "4k", file)
    #expect(json.status == 0)
    try Schema.expect(json.output, fits: "map")
    let onOutput = try workspace.jffs2("map", "--svg", "-", "--erase-size", "4k", file)
    #expect(onOutput.output.hasPrefix("<svg"))
    let path = workspace.folder.appending(path: "map.svg").path
    #expect(try workspace.jffs2("map", "--svg", path, "--erase-size", "4k", file).status == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == onOutput.output)
    #expect(try workspace.jffs2("map", "--svg", path, "--erase-size", "4k", file).status == 0)
    let failed = try workspace.jffs2("map", "--svg", "/dev/full", file)
    #expect(failed.status == 2)
    #expect(failed.error.contains("/dev/full: No space left on device"))
    #expect(try workspace.jffs2("map", "--svg", path, "--json", file).status == 64)
    let other = try workspace.write(image(), "other.bin")
    let replaced = try workspace.jffs2("map", "--svg", other, file)
    #expect(replaced.status == 64)
    #expect(replaced.error.contains("other.bin: exists and is not an SVG image"))
    let always = try workspace.jffs2("map", "--color", "always", file)
    #expect(always.output.contains("\u{1B}["))
  }

  @Test(
    .enabled(
      if: !AnsweredImage.sound.isEmpty && !AnsweredImage.damaged.isEmpty,
      "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.sound + AnsweredImage.damaged)
  func `all bytes of an image are accounted for, and info and map agree`(
    image: AnsweredImage
  ) throws {
    let workspace = try Workspace()
    let file = try workspace.write(image.bytes())
    let map = try workspace.jffs2("map", "--json", file)
    try Schema.expect(map.output, fits: "map")
    let info = try workspace.jffs2("info", "--json", file)
    try Schema.expect(info.output, fits: "info")
    let maps = try JSONDecoder().decode(Totals.self, from: Data(map.output.utf8)).file_systems
    let infos = try JSONDecoder().decode(Totals.self, from: Data(info.output.utf8)).file_systems
    #expect(maps.map(\.bytes) == infos.map(\.bytes))
    for fileSystem in maps {
      #expect(fileSystem.bytes.values.reduce(0, +) == fileSystem.length)
      let blocks = fileSystem.blocks ?? []
      for block in blocks.dropLast() {
        #expect(block.bytes.values.reduce(0, +) == fileSystem.erase_size)
      }
    }
  }
}

/// The common checks of `info` and `map`.
struct Totals: Decodable {
  struct Block: Decodable {
    let bytes: [String: UInt64]
  }

  struct FileSystem: Decodable {
    let length: UInt64
    let erase_size: UInt64
    let bytes: [String: UInt64]
    let blocks: [Block]?
  }

  let file_systems: [FileSystem]
}
