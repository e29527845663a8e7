extension String {
  /// The text as one word of a command line that people copy: between quotes where a shell would take it for anything else.
  package var shellQuoted: String {
    let isPlain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "/._-+@%:".unicodeScalars.contains($0)
    }
    return isPlain && !isEmpty && !hasPrefix("-") ? self : singleQuoted
  }

  /// The text between single quotes. To fish a backslash in front of another one, or of a quote, would mean something.
  package var singleQuoted: String {
    // By scalars: with an accent behind it a quote is another character to Swift, and the same one to a shell.
    var quoted = "'"
    for scalar in unicodeScalars {
      if scalar == "'" { quoted += #"'\'"# }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "'"
  }
}
