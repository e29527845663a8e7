extension Sequence<String> {
  /// The name that the text is probably meant to be: it differs in case only, or in few characters, or is the only one that begins with
  /// the text.
  package func nearest(to text: String) -> String? {
    let text = text.lowercased()
    let pattern = Array(text.utf8)
    guard 2...maximumLength ~= pattern.count else { return nil }
    let limit = Swift.max(1, pattern.count / 3)
    var nearest: (name: String, distance: Int)?
    var extended: [String] = []
    for candidate in self where candidate.utf8.count <= maximumLength {
      let name = candidate.lowercased()
      if name == text { return candidate }
      if name.hasPrefix(text), !extended.contains(candidate) { extended.append(candidate) }
      guard abs(name.utf8.count - pattern.count) <= limit, name.utf8.count > 1 else { continue }
      let distance = editDistance(pattern, Array(name.utf8))
      if distance <= limit, distance < nearest?.distance ?? .max { nearest = (candidate, distance) }
    }
    return nearest?.name ?? (extended.count == 1 ? extended[0] : nil)
  }
}

/// Longer names are not compared.
private let maximumLength = 64

/// The number of bytes to insert, remove, replace, or exchange with a neighbor.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var (earlier, previous) = ([Int](), Array(0...second.count))
  for (i, byte) in first.enumerated() {
    var row = [i + 1]
    for (j, other) in second.enumerated() {
      var cost = min(previous[j] + (byte == other ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, byte == second[j - 1], first[i - 1] == other {
        cost = min(cost, earlier[j - 1] + 1)
      }
      row.append(cost)
    }
    (earlier, previous) = (previous, row)
  }
  return previous[second.count]
}
