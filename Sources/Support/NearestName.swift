extension Sequence<String> {
  /// The name that differs least from `name`, if it is near enough to be meant.
  package func nearest(to name: String) -> String? {
    let nearest = map { (name: $0, distance: editDistance(name, $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= Swift.max(1, name.utf8.count / 3) else { return nil }
    return nearest.name
  }
}

/// The number of bytes to insert, remove or replace.
private func editDistance(_ first: String, _ second: String) -> Int {
  // Names that are meant are short; a longer one is near to none.
  let (first, second) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(256)))
  var row = Array(0...second.count)
  for (i, byte) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let substituted = diagonal + (byte == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    }
  }
  return row[second.count]
}
