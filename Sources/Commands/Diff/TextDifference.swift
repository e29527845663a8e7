internal import FirmwareAccess
internal import Storage

/// A unified diff of a text file, as `diff -u` writes it and patch(1) reads it; of other files a line that says that they differ.
struct TextDifference {
  /// Larger files are not compared line by line.
  private static let maximumTextSize: UInt64 = 2 << 20
  /// The bytes of all files that are compared line by line.
  static let maximumTotalSize: UInt64 = 256 << 20
  private static let contextCount = 3

  private let difference: Difference
  private let comparison: Comparison

  init(_ difference: Difference, _ comparison: Comparison) {
    (self.difference, self.comparison) = (difference, comparison)
  }

  /// Writes the diff of a regular file whose contents differ; nothing for anything else.
  ///
  /// - Parameter budget: How many bytes may still be compared.
  func write(to output: BufferedOutput, _ budget: inout UInt64) throws(ProgramError) {
    if difference.change == .renamed, let old = difference.old, let new = difference.new {
      // Without an extension that not every program reads, a patch has no other words for it.
      try TextDifference(Difference(.removed, old: old), comparison).write(to: output, &budget)
      try TextDifference(Difference(.added, new: new), comparison).write(to: output, &budget)
    }
    guard hasContents, difference.faults.isEmpty else { return }
    let old = difference.old.map { (name: Self.name("a/", $0), text: text($0, comparison.old)) }
    let new = difference.new.map { (name: Self.name("b/", $0), text: text($0, comparison.new)) }
    let nothing = (name: Array("/dev/null".utf8), text: Optional([UInt8]()))
    let (first, second) = (old ?? nothing, new ?? nothing)
    let count = UInt64((first.text?.count ?? 0) + (second.text?.count ?? 0))
    let isAffordable = count <= budget
    budget -= min(count, budget)
    guard isAffordable, let oldText = first.text, let newText = second.text else {
      var line = Array("Binary files ".utf8) + first.name + Array(" and ".utf8) + second.name
      line += Array(" differ\n".utf8)
      return try output.write(line[...])
    }
    let hunks = Self.hunks(oldText, newText)
    guard !hunks.isEmpty else { return }
    try output.write((Array("--- ".utf8) + first.name + Self.time(difference.old))[...])
    try output.write((Array("+++ ".utf8) + second.name + Self.time(difference.new))[...])
    try output.write(hunks[...])
  }

  private var hasContents: Bool {
    switch difference.change {
    case .added: difference.new?.isRegularFile == true
    case .removed: difference.old?.isRegularFile == true
    case .changed: difference.aspects.contains(.contents)
    case .renamed: false
    }
  }

  /// The bytes of a file; nil if they are not text.
  private func text(_ entry: ComparedEntry, _ tree: any ComparedTree) -> [UInt8]? {
    let size = entry.attributes?.size ?? 0
    guard size <= Self.maximumTextSize else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var span = bytes.mutableSpan
    guard let count = try? tree.read(entry, at: 0, into: &span), count == bytes.count,
      !bytes.contains(0)
    else { return nil }
    return bytes
  }

  /// A path as it is, or in quotation marks with the escapes of C where patch(1) would not see where it ends.
  private static func name(_ prefix: String, _ entry: ComparedEntry) -> [UInt8] {
    let path = Array(prefix.utf8) + entry.path.bytes
    let special: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F]
    let isTrimmed = path.last == UInt8(ascii: " ")
    guard isTrimmed || path.contains(where: { $0 < 0x20 || special.contains($0) }) else {
      return path
    }
    let quoted = path.map { byte in
      guard byte < 0x20 || special.contains(byte) else { return [byte] }
      let digits = String(byte, radix: 8)
      return Array(("\\" + String(repeating: "0", count: 3 - digits.count) + digits).utf8)
    }
    return [UInt8(ascii: "\"")] + quoted.joined() + [UInt8(ascii: "\"")]
  }

  /// The time after a name, and a newline; no time if it is the epoch, which patch(1) takes as a missing file.
  private static func time(_ entry: ComparedEntry?) -> [UInt8] {
    let time = entry?.attributes?.time ?? ImageTime(0)
    let text = entry != nil && time == ImageTime(0) ? "" : time.ofDiff
    return Array("\t\(text)\n".utf8)
  }

  /// The lines of the differences with those around them.
  private static func hunks(_ oldText: [UInt8], _ newText: [UInt8]) -> [UInt8] {
    let (old, new) = (lines(oldText), lines(newText))
    var changes = LineComparison.changes(old, new)[...]
    var output: [UInt8] = []
    while let first = changes.popFirst() {
      var hunk = [first]
      while let next = changes.first, let last = hunk.last,
        next.old.lowerBound - last.old.upperBound <= 2 * contextCount
      {
        hunk.append(next)
        changes.removeFirst()
      }
      append(hunk, old, new, to: &output)
    }
    return output
  }

  private static func append(
    _ hunk: [LineComparison.Change], _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>],
    to output: inout [UInt8]
  ) {
    guard let first = hunk.first, let last = hunk.last else { return }
    let before = min(contextCount, first.old.lowerBound)
    let after = min(contextCount, old.count - last.old.upperBound)
    let oldRange = first.old.lowerBound - before..<last.old.upperBound + after
    let newRange = first.new.lowerBound - before..<last.new.upperBound + after
    output += Array("@@ -\(place(oldRange)) +\(place(newRange)) @@\n".utf8)
    var position = oldRange.lowerBound
    for change in hunk {
      for line in old[position..<change.old.lowerBound] { append(" ", line, to: &output) }
      for line in old[change.old] { append("-", line, to: &output) }
      for line in new[change.new] { append("+", line, to: &output) }
      position = change.old.upperBound
    }
    for line in old[position..<oldRange.upperBound] { append(" ", line, to: &output) }
  }

  /// The first line, counted from 1, and the number of lines; the preceding line if there are none.
  private static func place(_ range: Range<Int>) -> String {
    switch range.count {
    case 0: "\(range.lowerBound),0"
    case 1: "\(range.lowerBound + 1)"
    default: "\(range.lowerBound + 1),\(range.count)"
    }
  }

  private static func append(
    _ sign: String, _ line: ArraySlice<UInt8>, to output: inout [UInt8]
  ) {
    output += Array(sign.utf8) + line
    if line.last != UInt8(ascii: "\n") { output += Array("\n\\ No newline at end of file\n".utf8) }
  }

  /// Each line with its newline.
  private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.count
      lines.append(text[start..<end])
      start = end
    }
    return lines
  }
}
