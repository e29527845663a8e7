extension String {
  /// The text as one word of a command line that people copy: quoted if a shell would interpret it differently.
  package var shellWord: String {
    let isPlain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "/._-+@%:".unicodeScalars.contains($0)
    }
    return isPlain && !isEmpty && !hasPrefix("-") ? self : inShellQuotes
  }

  /// The text between single quotes. To fish a backslash before another one, or of a quote, would mean something.
  package var inShellQuotes: String {
    // By scalars: with an accent after it a quote is another character to Swift, and the same one to a shell.
    var quoted = "'"
    for scalar in unicodeScalars {
      if scalar == "'" { quoted += #"'\'"# }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "'"
  }
}
