/// A path that the tree has or had.
struct HistoryPath: Sendable {
  /// The directory that the name was in, in the table; nil for the root.
  let parent: Int?
  let name: [UInt8]
  /// Whether the tree has the path now.
  var isInTree = false
  /// The directory that the path referred to, the last one if there were several.
  var directory: UInt32?
  /// The versions of the files that the path referred to, in order, the current one last; in ``History/versions``.
  var versions: [Int] = []
}

/// All paths of a history, a directory before what was in it.
struct HistoryPathTable: Sendable {
  static let root = 0
  static let lostAndFound = Array("lost+found".utf8)

  private struct Key: Hashable {
    let parent: Int
    let name: [UInt8]
  }

  var paths: [HistoryPath] = [HistoryPath(parent: nil, name: [])]
  private var children: [Key: Int] = [:]

  /// The path of a name in a directory, made if it is new.
  mutating func path(of name: [UInt8], in parent: Int) -> Int {
    let key = Key(parent: parent, name: name)
    if let known = children[key] { return known }
    paths.append(HistoryPath(parent: parent, name: name))
    children[key] = paths.count - 1
    return paths.count - 1
  }

  /// The path of what has lost its name, as fsck has it.
  mutating func lostPath(of ino: UInt32) -> Int {
    let lost = path(of: Self.lostAndFound, in: Self.root)
    return path(of: Array("#\(ino)".utf8), in: lost)
  }

  /// The index of a path, or nil if the history has none.
  func index(of names: [[UInt8]]) -> Int? {
    var index = Self.root
    for name in names {
      guard let next = children[Key(parent: index, name: name)] else { return nil }
      index = next
    }
    return index
  }

  /// The names from the root to a path.
  func names(of index: Int) -> [[UInt8]] {
    var names: [[UInt8]] = []
    var next = index
    while let parent = paths[next].parent {
      names.append(paths[next].name)
      next = parent
    }
    return names.reversed()
  }
}
