@testable import Inspection
import Testing

@Suite struct `Advice in messages` {
  @Test(arguments: [
    ("to read it: -o offset=64", "to read it: --offset 64"),
    ("so: -o max_unpacked=SIZE, or -o member=NAME", "so: --max-unpacked SIZE, or --member NAME"),
    ("use squashfuse -o offset=0x40 FILE", "use squashfuse -o offset=0x40 FILE"),
    ("nothing to mend", "nothing to mend"), ("tar -o x", "tar -o x"),
  ])
  func `names this program's options`(message: String, expected: String) {
    #expect(message.withLongOptions == expected)
  }
}
