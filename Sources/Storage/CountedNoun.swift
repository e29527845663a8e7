extension Int {
  /// The number with its noun: `1 node`, `2 nodes`.
  package func counted(_ noun: String) -> String { "\(self) \(noun.inflected(for: self))" }
}

extension String {
  /// The noun as it is after a number: as it is after 1, with an `s` after any other.
  package func inflected(for count: Int) -> String { count == 1 ? self : self + "s" }
}
