import Support
import Testing

@Suite struct `A noun` {
  @Test(arguments: [(0, "0 nodes"), (1, "1 node"), (2, "2 nodes"), (1_001, "1001 nodes")])
  func `agrees with its number`(count: Int, text: String) {
    #expect(count.pluralized("node") == text)
    #expect(text.hasSuffix(" " + "node".pluralForm(for: count)))
  }
}
