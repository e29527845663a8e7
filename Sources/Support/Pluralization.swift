extension Int {
  /// The number with its noun: `1 node`, `2 nodes`.
  package func pluralized(_ noun: String) -> String { "\(self) \(noun.pluralForm(for: self))" }
}

extension String {
  /// The form of the noun after a number: unchanged after 1, with an `s` after any other.
  package func pluralForm(for count: Int) -> String { count == 1 ? self : self + "s" }
}
