extension String {
  /// The text as one word of a command line that people copy: quoted if a shell would interpret it in any other way.
  package var shellQuoted: String {
    let isPlain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "/._-+@%:".unicodeScalars.contains($0)
    }
    return isPlain && !isEmpty && !hasPrefix("-") ? self : singleQuoted
  }

  /// The text between single quotes. In fish, a backslash before another one or before a quote has a special meaning.
  package var singleQuoted: String {
    // By scalars: a quote with a combining accent after it is another character to Swift, but still a quote to a shell.
    var quoted = "'"
    for scalar in unicodeScalars {
      if scalar == "'" { quoted += #"'\'"# }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "'"
  }
}
