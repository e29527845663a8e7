extension String {
  /// A message whose advice names options as the mount has them, with this program's spelling: `--max-unpacked SIZE` for
  /// `-o max_unpacked=SIZE`.
  var withLongOptions: String {
    var pieces = split(separator: "-o ", omittingEmptySubsequences: false)[...]
    var message = String(pieces.popFirst() ?? "")
    for piece in pieces {
      let name = piece.prefix { $0.isLetter || $0 == "_" }
      let rest = piece.dropFirst(name.count)
      // After anything else stands another program's name.
      let isAdvice = [": ", ", ", "or ", "with "].contains { message.hasSuffix($0) }
      guard isAdvice, !name.isEmpty, rest.first == "=" else {
        message += "-o " + piece
        continue
      }
      message += "--" + name.map { $0 == "_" ? "-" : String($0) }.joined() + " " + rest.dropFirst()
    }
    return message
  }
}
