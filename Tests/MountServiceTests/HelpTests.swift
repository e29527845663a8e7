import FirmwareAccess
import MountService
import Testing

@Suite struct `The help text` {
  private static let written = HelpText.options.flatMap(\.mountOptions)

  private func isKnown(_ arguments: [String]) -> Bool {
    do throws(ProgramError) {
      _ = try Invocation(program: "jffs2fuse", arguments: arguments.map { Array($0.utf8) })
      return true
    } catch {
      return !error.message.contains("unknown option")
    }
  }

  @Test func `lists every option that has an effect`() {
    #expect(Set(MountOptions.names).subtracting(Self.written.map(\.name)).isEmpty)
  }

  @Test(arguments: written)
  func `tells only of options that are known, and whether they have a value`(
    option: OptionHelp.MountOption
  ) {
    func isTaken(_ text: String) -> Bool {
      var options = MountOptions()
      return (try? options.apply(text)) != nil
    }
    #expect(isTaken(option.name) == (option.placeholder == nil))
    for choice in option.choices { #expect(isTaken("\(option.name)=\(choice)")) }
    if option.placeholder != nil, option.choices.isEmpty {
      // Some value that fits one kind or another.
      let values = ["1", "64k", "2048+64", "022", "f:1M(a)", "text"]
      #expect(values.contains { isTaken("\(option.name)=\($0)") })
    }
  }

  @Test(arguments: [HelpText.text, HelpText.helperText])
  func `fits a terminal`(text: String) {
    for line in text.split(separator: "\n") { #expect(line.count <= 80) }
  }

  @Test func `lists every short option`() {
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".map { "-\($0)" }
    let known = letters.filter { isKnown([$0, "ro"]) }
    let written = HelpText.options.flatMap(\.flags).filter { $0.count == 2 }
    #expect(known.sorted() == written.sorted())
  }

  @Test(arguments: HelpText.options.flatMap(\.flags).filter { $0.hasPrefix("--") })
  func `tells only of words that are options`(flag: String) {
    #expect(isKnown([flag, "bash"]))
  }

  @Test(arguments: ["-h", "--help"])
  func `tells the helper of mount what its own letters mean`(flag: String) throws {
    let arguments = [Array(flag.utf8)]
    #expect(try Invocation(program: "/sbin/mount.jffs2fuse", arguments: arguments) == .helperHelp)
    #expect(try Invocation(program: "jffs2fuse", arguments: arguments) == .help)
    #expect(HelpText.helperText.contains("  -f                       fake: "))
    #expect(HelpText.helperText.contains("  -s                       sloppy: "))
    #expect(!HelpText.helperText.contains("foreground"))
    #expect(HelpText.helperText.contains("-o image_offset=SIZE"))
  }

  @Test func `has lines that fit a terminal`() {
    for line in (HelpText.text + HelpText.helperText).split(separator: "\n") {
      #expect(line.count <= 112, "\(line)")
    }
  }
}
