/// The text after `-o`: options with commas between them, escaped as libfuse does it.
package enum OptionText {
  /// The options in `text`, unescaped. A comma belongs to an option when a backslash is before it, and
  /// inside the value of `mtdparts=`, unless that is a file, also where what follows begins as a partition.
  package static func split(_ text: String) -> [String] {
    var options: [String] = []
    for piece in pieces(of: Array(text.utf8)) where !piece.isEmpty || !options.isEmpty {
      if let last = options.last, last.hasPrefix("mtdparts="), !last.hasPrefix("mtdparts=@"),
        continues(last, with: piece)
      {
        options[options.count - 1] = last + "," + piece
      } else {
        options.append(piece)
      }
    }
    return options.filter { !$0.isEmpty }
  }

  private static func pieces(of text: [UInt8]) -> [String] {
    var pieces: [[UInt8]] = [[]]
    var position = 0
    while position < text.count {
      let byte = text[position]
      position += 1
      if byte == UInt8(ascii: ",") {
        pieces.append([])
      } else if byte == UInt8(ascii: "\\"), position < text.count {
        if let octal = octal(text[position...].prefix(3)) {
          pieces[pieces.count - 1].append(octal)
          position += 3
        } else {
          pieces[pieces.count - 1].append(text[position])
          position += 1
        }
      } else {
        pieces[pieces.count - 1].append(byte)
      }
    }
    return pieces.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The byte of three octal digits, as in fuse_opt.c.
  private static func octal(_ digits: ArraySlice<UInt8>) -> UInt8? {
    guard digits.count == 3 else { return nil }
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  /// Whether `piece` continues with the partition list in `specification`: a name in it is still open, or the piece begins as a
  /// partition does and no option. The table parser decides whether it is one.
  private static func continues(_ specification: String, with piece: String) -> Bool {
    if let open = specification.lastIndex(of: "("),
      !specification[open...].contains(")"), piece.contains(")")
    {
      return true
    }
    return piece.utf8.first.map { $0 == UInt8(ascii: "-") || 0x30...0x39 ~= $0 } ?? false
  }
}
