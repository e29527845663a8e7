extension Unicode.Scalar {
  /// Whether a terminal might take the character for a command, or turn the line round: so it does not belong into what people read.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

extension String {
  /// The text as one line, its control characters written out as `\n`, `\t`, `\r` and `\u{…}`, so that a name can neither forge a line
  /// nor drive a terminal.
  package var escapingControlCharacters: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var visible = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": visible += "\\n"
      case "\t": visible += "\\t"
      case "\r": visible += "\\r"
      case _ where scalar.isControl: visible += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: visible.unicodeScalars.append(scalar)
      }
    }
    return visible
  }
}
