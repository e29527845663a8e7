package import JFFS2

/// A walk over everything below a node: parents before their children, children in the order of their names' bytes.
///
/// A directory that a second name leads to, which only a broken or hostile image has, is shown but not entered again, so that a
/// walk ends after as many steps as the image has names. Nothing recurses. Where paths matter, which grow with every directory, it goes no
/// deeper than a path can be named.
package struct TreeWalk {
  /// The current entry of the walk.
  package enum Step {
    /// A name, the walk's start included; a directory's names follow, unless ``TreeWalk/skipDescendants()`` is called.
    case entry(ImageTree.FileID, Result<InodeAttributes, JFFS2Error>)
    /// A directory that was entered before under another name.
    case alreadyVisited(ImageTree.FileID)
    /// A name whose path is too long for the walk; its inode is not read.
    case tooLong
    /// All names of the directory were shown.
    case exitDirectory(ImageTree.FileID)
    /// The names of the directory cannot be read.
    case unreadable(ImageTree.FileID, JFFS2Error)
  }

  private struct Level {
    let directory: ImageTree.FileID
    let children: [ImageTree.Entry]
    /// The bytes of the path to its entries, up to the last slash.
    let pathByteCount: Int
    var next = 0
  }

  /// The bytes of the longest path that a Linux program can name.
  package static let maximumPathLength = PathIndex.maximumPathLength

  /// The message for `Step.tooLong`.
  package static let tooLongReason = "skipped with its contents: the path is too long"

  private let tree: ImageTree
  private let maximumPathLength: Int?
  private var start: ImageTree.FileID?
  private var levels: [Level] = []
  private var entered: Set<ImageTree.FileID> = []
  private var pending: ImageTree.FileID?
  /// The names from the start to what the latest step showed.
  private var names: [[UInt8]] = []
  /// The bytes of these and of the slashes between them.
  private var pathByteCount = 0

  /// Starts at `node`.
  ///
  /// - Parameter maximumPathLength: The bytes of the longest path that is shown, counted from the start; nil for any.
  package init(
    _ tree: ImageTree, from node: ImageTree.FileID, maximumPathLength: Int? = Self.maximumPathLength
  ) {
    self.tree = tree
    self.start = node
    self.maximumPathLength = maximumPathLength
  }

  /// The number of names that lead from the start to what the latest step showed; 0 for the start itself.
  package var depth: Int { names.count }

  /// The name of what the latest step showed; empty for the start.
  package var name: [UInt8] { names.last ?? [] }

  /// The names that lead from the start to what the latest step showed, with slashes between them; costs as much as the path is long.
  package var path: [UInt8] { Array(names.joined(separator: [UInt8(ascii: "/")])) }

  /// Leaves out what is below the directory that the latest step showed.
  package mutating func skipDescendants() { pending = nil }

  /// The next step, or nil at the end.
  package mutating func next() -> Step? {
    if let node = start {
      start = nil
      return show(node)
    }
    if let directory = pending {
      pending = nil
      do throws(JFFS2Error) {
        levels.append(
          Level(
            directory: directory, children: try tree.children(of: directory),
            pathByteCount: names.isEmpty ? 0 : pathByteCount + 1))
      } catch {
        return .unreadable(directory, error)
      }
    }
    guard let level = levels.last else { return nil }
    // The latest name is beside or below this level.
    names.removeLast(names.count - (levels.count - 1))
    guard level.next < level.children.count else {
      levels.removeLast()
      return .exitDirectory(level.directory)
    }
    levels[levels.count - 1].next += 1
    let child = level.children[level.next]
    names.append(child.name)
    pathByteCount = level.pathByteCount + child.name.count
    if let maximumPathLength, pathByteCount > maximumPathLength { return .tooLong }
    return show(child.node)
  }

  private mutating func show(_ node: ImageTree.FileID) -> Step {
    do throws(JFFS2Error) {
      let attributes = try tree.attributes(of: node)
      if attributes.isDirectory {
        guard entered.insert(node).inserted else { return .alreadyVisited(node) }
        pending = node
      }
      return .entry(node, .success(attributes))
    } catch {
      return .entry(node, .failure(error))
    }
  }
}
