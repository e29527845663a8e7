package import JFFS2

/// A walk over the part of a tree that a selection asks for, and its parent directories.
package struct SelectedWalk {
  /// The current entry of the walk; the tree's root is included only for ``leave(_:)``.
  package enum Step {
    /// A name. Only a directory is shown without being selected, where something in it may be.
    case entry(ImageTree.Node, Result<InodeAttributes, JFFS2Error>, isSelected: Bool)
    /// A selected directory that was entered before under another name.
    case enteredBefore(ImageTree.Node)
    /// A selected name to which the path is too long; what it leads to is not examined.
    case tooLong
    /// All names of the directory were shown.
    case leave(ImageTree.Node)
    /// The names of the directory cannot be read; it is left with this.
    case unreadable(ImageTree.Node, JFFS2Error)
  }

  /// The selection, which knows after the walk what it found nothing for.
  package private(set) var selection: PathSelection

  private var walk: TreeWalk
  /// The matches of the directories from the root to the latest name.
  private var places: [PathSelection.Place] = []

  package init(_ tree: ImageTree, _ selection: PathSelection) {
    self.selection = selection
    self.walk = TreeWalk(tree, from: tree.root)
  }

  /// The name of what the latest step showed.
  package var name: [UInt8] { walk.name }

  /// Leaves out what is below the directory that the latest step showed; no step reports leaving it.
  package mutating func skipChildren() { walk.skipChildren() }

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
        walk.skipChildren()
      case .enteredBefore(let node):
        if enter().isSelected { return .enteredBefore(node) }
      case .tooLong:
        if enter().isSelected { return .tooLong }
      case .leave(let node): return .leave(node)
      case .unreadable(let node, let error): return .unreadable(node, error)
      }
    }
    return nil
  }

  /// Records the match state of the current entry.
  private mutating func enter() -> PathSelection.Place {
    places.removeLast(places.count - walk.depth)
    let place = places.last.map { selection.descend(from: $0, to: walk.name) } ?? selection.root
    places.append(place)
    return place
  }
}
