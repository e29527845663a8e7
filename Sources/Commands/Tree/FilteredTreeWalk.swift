package import JFFS2

/// A walk over the selected part of a tree, and the directories that lead to it.
package struct FilteredTreeWalk {
  /// A step of the walk; the tree's root appears only in ``exitDirectory(_:)``.
  package enum Step {
    /// A name. A directory that is not selected is included if something in it may be selected.
    case entry(ImageTree.FileID, Result<InodeAttributes, JFFS2Error>, isSelected: Bool)
    /// A selected directory that was entered before under another name.
    case alreadyVisited(ImageTree.FileID)
    /// A selected name whose path is too long; its inode is not read.
    case tooLong
    /// All names of the directory were shown.
    case exitDirectory(ImageTree.FileID)
    /// The names of the directory cannot be read; this step also exits it.
    case unreadable(ImageTree.FileID, JFFS2Error)
  }

  /// The selection, which knows after the walk what it found nothing for.
  package private(set) var selection: PathSelection

  private var walk: TreeWalk
  /// The match states of the directories from the root to the latest name.
  private var places: [PathSelection.MatchState] = []

  package init(_ tree: ImageTree, _ selection: PathSelection) {
    self.selection = selection
    self.walk = TreeWalk(tree, from: tree.root)
  }

  /// The name of what the latest step showed.
  package var name: [UInt8] { walk.name }

  /// Skips the contents of the directory that the latest step showed; no step reports its exit.
  package mutating func skipDescendants() { walk.skipDescendants() }

  /// The next step, or nil at the end.
  package mutating func next() -> Step? {
    while let step = walk.next() {
      switch step {
      case .entry(let node, let attributes):
        let place = enter()
        guard walk.depth > 0 else { continue }
        let isDirectory = (try? attributes.get().isDirectory) == true
        if place.isSelected || (isDirectory && place.canHoldSelected) {
          return .entry(node, attributes, isSelected: place.isSelected)
        }
        walk.skipDescendants()
      case .alreadyVisited(let node):
        if enter().isSelected { return .alreadyVisited(node) }
      case .tooLong:
        if enter().isSelected { return .tooLong }
      case .exitDirectory(let node): return .exitDirectory(node)
      case .unreadable(let node, let error): return .unreadable(node, error)
      }
    }
    return nil
  }

  /// Records the match state of the current name of the walk.
  private mutating func enter() -> PathSelection.MatchState {
    places.removeLast(places.count - walk.depth)
    let place = places.last.map { selection.advance(from: $0, to: walk.name) } ?? selection.root
    places.append(place)
    return place
  }
}
