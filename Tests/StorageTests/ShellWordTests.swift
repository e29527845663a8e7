import Storage
import TestSupport
import Testing

@Suite struct `A text for a shell` {
  @Test(arguments: [
    "", "firmware.bin", "/a/b-c_d+1@2%3:4", "für Ärzte", "a b", "it's", "''",
    "'\u{301}; false '\u{301}",
    "~/x", "a~b", "-n", "$HOME", "`false`", "\\", "\"", "*", "a\nb", "#",
  ])
  func `comes back as it was`(text: String) throws {
    for command in [text.shellWord, text.inShellQuotes] {
      let result = try ChildProcess(["/bin/sh", "-ec", "printf %s \(command)"]).wait()
      #expect(result.status == 0)
      #expect(result.output == text)
    }
  }

  @Test(arguments: ["firmware.bin", "/a/b-c_d+1@2%3:4", "Übersicht", "./x"])
  func `goes without quotes where it needs none`(text: String) {
    #expect(text.shellWord == text)
  }

  @Test(arguments: [
    ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("-n", "'-n'"), ("~", "'~'"),
    ("x~1", "'x~1'"),
  ])
  func `is quoted otherwise`(text: String, word: String) {
    #expect(text.shellWord == word)
  }
}
