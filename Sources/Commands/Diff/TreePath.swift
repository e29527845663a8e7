/// A path in a tree that is compared: a name, and the directory that it is in. Many paths share their directories, so that all paths of a
/// tree take no more memory than its names.
final class TreePath: Sendable {
  let parent: TreePath?
  let name: [UInt8]

  init(_ name: [UInt8], in parent: TreePath?) {
    self.name = name
    self.parent = parent
  }

  /// The path of names with slashes between them; nil for the root.
  convenience init?(_ path: [UInt8]) {
    let names = path.split(separator: UInt8(ascii: "/")).map(Array.init)
    guard let name = names.last else { return nil }
    self.init(name, in: TreePath.of(names.dropLast()))
  }

  /// The path of names from the root on; nil for the root.
  static func of(_ names: [[UInt8]]) -> TreePath? {
    names.reduce(nil) { TreePath($1, in: $0) }
  }

  /// The names from the root on.
  var names: [[UInt8]] {
    var names: [[UInt8]] = []
    var path: TreePath? = self
    while let current = path {
      names.append(current.name)
      path = current.parent
    }
    return names.reversed()
  }

  /// The names with slashes between them.
  var bytes: [UInt8] { Array(names.joined(separator: [UInt8(ascii: "/")])) }
}

extension TreePath? {
  /// The names with slashes between them; `.` for the root.
  var bytes: [UInt8] { self?.bytes ?? [UInt8(ascii: ".")] }

  /// Whether it comes first in the order of a walk: a directory before what is in it, names by their bytes.
  func isOrdered(before other: TreePath?) -> Bool {
    let (names, otherNames) = (self?.names ?? [], other?.names ?? [])
    return names.lexicographicallyPrecedes(otherNames) { $0.lexicographicallyPrecedes($1) }
  }
}
