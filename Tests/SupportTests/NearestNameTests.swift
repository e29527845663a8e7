import Support
import Testing

@Suite struct `The nearest name` {
  private static let names = ["info", "ls", "cat", "extract", "export", "history", "erase-size"]

  @Test(arguments: [
    ("lst", "ls"), ("inof", "info"), ("INFO", "info"), ("exract", "extract"), ("hist", "history"),
    ("histroy", "history"), ("erase_size", "erase-size"), ("cta", "cat"),
  ])
  func `is one that differs in few characters, or continues the text`(text: String, name: String) {
    #expect(Self.names.nearest(to: text) == name)
  }

  @Test(arguments: ["", "x", "ex", "frobnicate", "o", String(repeating: "a", count: 100)])
  func `is none for anything else, or for several that continue the text`(text: String) {
    #expect(Self.names.nearest(to: text) == nil)
  }

  @Test func `is the closest of several`() {
    #expect(["backupa", "backupk"].nearest(to: "backupq") == "backupa")
    #expect(["root", "boot"].nearest(to: "boott") == "boot")
    #expect([String]().nearest(to: "boot") == nil)
  }
}
