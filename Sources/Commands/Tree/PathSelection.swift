/// Which part of a tree a user asks for: paths and patterns, and all that is below what they name.
///
/// A walk starts at ``root`` and goes down name by name with ``advance(from:to:)``, which also takes note of what was found.
package struct PathSelection: Sendable {
  /// The state of the selection for one path of the tree.
  package struct MatchState: Sendable {
    /// Whether the path, or a directory above it, is selected.
    package let isSelected: Bool
    /// Whether a pattern ends here, not above.
    package let isMatch: Bool
    /// Patterns that what is below may still fit: their numbers, and how many of their names the path has used up.
    fileprivate let open: [Step]

    /// Whether something below the path may be requested.
    package var canHoldSelected: Bool { isSelected || !open.isEmpty }

    /// Whether a pattern may still fit something below the path.
    var hasOpenPatterns: Bool { !open.isEmpty }
  }

  fileprivate struct Step: Hashable, Sendable {
    let pattern: Int
    let name: Int
  }

  private enum Name: Sendable {
    case glob(Glob)
    /// `**`: any number of names, or none.
    case anyNames
  }

  private let paths: [[UInt8]]
  private let patterns: [[Name]]
  private var isFound: [Bool]

  /// - Parameter paths: Paths from the root, with or without a slash in front; `*`, `?` and `[…]` match parts of a name, `**` for any
  ///   names. No paths at all ask for everything.
  package init(_ paths: [[UInt8]]) {
    self.paths = paths
    patterns = paths.map { path in
      path.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
        .map { $0 == Array("**".utf8) ? .anyNames : .glob(Glob($0)) }
    }
    isFound = Array(repeating: false, count: paths.count)
  }

  /// The match state of the tree's root.
  package var root: MatchState {
    mutating get {
      guard !paths.isEmpty else { return MatchState(isSelected: true, isMatch: true, open: []) }
      return place(Set(patterns.indices.map { Step(pattern: $0, name: 0) }), isSelected: false)
    }
  }

  /// Returns the match state of a name in a directory.
  package mutating func advance(from directory: MatchState, to name: [UInt8]) -> MatchState {
    var steps: Set<Step> = []
    for step in directory.open {
      switch patterns[step.pattern][step.name] {
      case .anyNames: steps.insert(step)
      case .glob(let glob):
        if glob.matches(name) { steps.insert(Step(pattern: step.pattern, name: step.name + 1)) }
      }
    }
    return place(steps, isSelected: directory.isSelected)
  }

  /// Whether all of the tree is selected.
  package var isEverything: Bool { paths.isEmpty }

  /// Whether the path of these names is selected.
  package func selects(_ names: [[UInt8]]) -> Bool {
    var copy = self
    var place = copy.root
    for name in names { place = copy.advance(from: place, to: name) }
    return place.isSelected
  }

  /// The paths that fitted nothing so far, as they were given.
  package var unmatched: [[UInt8]] {
    paths.indices.filter { !isFound[$0] }.map { paths[$0] }
  }

  private mutating func place(_ steps: Set<Step>, isSelected: Bool) -> MatchState {
    var isMatch = false
    var open = steps
    for step in steps {
      // `**` matches no name as well, so what follows it begins here.
      var step = step
      while step.name < patterns[step.pattern].count,
        case .anyNames = patterns[step.pattern][step.name]
      {
        step = Step(pattern: step.pattern, name: step.name + 1)
        open.insert(step)
      }
      guard step.name == patterns[step.pattern].count else { continue }
      open.remove(step)
      isFound[step.pattern] = true
      isMatch = true
    }
    return MatchState(isSelected: isSelected || isMatch, isMatch: isMatch, open: Array(open))
  }
}
