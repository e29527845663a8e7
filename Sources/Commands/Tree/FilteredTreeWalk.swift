package import JFFS2

/// A walk over the part of a tree that a selection asks for, and the folders on the way to it.
package struct FilteredTreeWalk {
  /// What the walk has come to; the tree's root is not among it but for ``leave(_:)``.
  package enum Step {
    /// A name. Only a folder is shown without being selected, where something in it may be.
    case entry(ImageTree.FileID, Result<InodeAttributes, JFFS2Error>, isSelected: Bool)
    /// A selected folder that was entered before under another name.
    case alreadyVisited(ImageTree.FileID)
    /// A selected name to which the path is too long; what it leads to is not looked at.
    case tooLong
    /// All names of the folder were shown.
    case exitDirectory(ImageTree.FileID)
    /// The names of the folder cannot be read; it is left with this.
    case unreadable(ImageTree.FileID, JFFS2Error)
  }

  /// The selection, which knows behind the walk what it found nothing for.
  package private(set) var selection: PathSelection

  private var walk: TreeWalk
  /// What the selection says about the folders from the root to the latest name.
  private var places: [PathSelection.MatchState] = []

  package init(_ tree: ImageTree, _ selection: PathSelection) {
    self.selection = selection
    self.walk = TreeWalk(tree, from: tree.root)
  }

  /// The name of what the latest step showed.
  package var name: [UInt8] { walk.name }

  /// Leaves out what is below the folder that the latest step showed; no step tells of leaving it.
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

  /// Takes note of the place of what the walk has come to.
  private mutating func enter() -> PathSelection.MatchState {
    places.removeLast(places.count - walk.depth)
    let place = places.last.map { selection.advance(from: $0, to: walk.name) } ?? selection.root
    places.append(place)
    return place
  }
}
