internal import SystemPackage

/// The directories from the target's root to where an extraction is now.
///
/// Those at the end may not be open yet. The number of descriptors is limited for any length of the path: those of directories further up
/// are closed and reopened through `..`, and the identity is compared with that of the directory opened during the descent.
struct DirectoryStack {
  private struct Level {
    let name: [UInt8]
    let node: ImageTree.FileID
    /// The bytes of the path from the root to an entry of the directory.
    let pathByteCount: Int
    /// The identity of the opened directory; nil before.
    var identity: DirectoryHandle.Identity?
    /// nil while it is not open.
    var directory: DirectoryHandle?
  }

  private static let maximumOpenCount = 64
  /// The most bytes of a path that are shown, or opened at once.
  private static let maximumByteCount = TreeWalk.maximumPathLength

  private let root: DirectoryHandle
  private var levels: [Level] = []
  /// The number of levels that were opened: all before the first one that was not.
  private var openedCount = 0
  /// Whether the first level that was not opened cannot be.
  private(set) var isBlocked = false

  init(root: DirectoryHandle) { self.root = root }

  /// The next directory to open; nil if all are open, or none can be opened.
  var next: (name: [UInt8], node: ImageTree.FileID)? {
    guard !isBlocked, openedCount < levels.count else { return nil }
    return (levels[openedCount].name, levels[openedCount].node)
  }

  /// The last directory that was opened.
  var lastOpened: DirectoryHandle {
    // The last level that was opened keeps its descriptor.
    openedCount > 0 ? levels[openedCount - 1].directory ?? root : root
  }

  /// Descends to the directory of this name, which is not opened yet.
  mutating func push(_ name: [UInt8], _ node: ImageTree.FileID) {
    let count = (levels.last?.pathByteCount ?? 0) + name.count + 1
    levels.append(Level(name: name, node: node, pathByteCount: count))
  }

  /// Takes note of the directory that ``next`` names.
  mutating func didOpen(_ directory: DirectoryHandle) {
    levels[openedCount].identity = directory.identity
    levels[openedCount].directory = directory
    openedCount += 1
    if openedCount > Self.maximumOpenCount {
      levels[openedCount - 1 - Self.maximumOpenCount].directory = nil
    }
  }

  /// Takes note that what ``next`` names cannot be opened, nor anything below it.
  mutating func didFail() { isBlocked = true }

  /// Goes up by one name.
  ///
  /// - Returns: The directory that was left, if it was opened.
  /// - Throws: Where the directory above cannot be opened again or is another one now.
  mutating func pop() throws(Errno) -> DirectoryHandle? {
    guard let left = levels.popLast() else { return nil }
    if levels.count <= openedCount { isBlocked = false }
    guard left.identity != nil else { return nil }
    openedCount -= 1
    if openedCount > 0, levels[openedCount - 1].directory == nil,
      let identity = levels[openedCount - 1].identity
    {
      levels[openedCount - 1].directory = try left.directory?.openParent(identity)
    }
    return left.directory
  }

  /// The path from the root on of a name here, for messages: without its beginning where it is very long.
  func shown(_ name: [UInt8]) -> [UInt8] { shown(levels.count, name) }

  /// The path of the directory that ``next`` names, or of the last one, for messages.
  var shownDirectory: [UInt8] {
    let index = min(openedCount, levels.count - 1)
    guard index >= 0 else { return [UInt8(ascii: ".")] }
    return shown(index, levels[index].name)
  }

  /// The path of this directory from the root on, empty for the root; nil if it is longer than the system takes.
  var bytes: [UInt8]? {
    guard let last = levels.last else { return [] }
    return path(levels.dropLast(), last.name)
  }

  private func shown(_ depth: Int, _ name: [UInt8]) -> [UInt8] {
    if let path = path(levels[..<depth], name) { return path }
    return Array("…/".utf8) + (path(levels[..<depth].suffix(4), name) ?? name)
  }

  /// nil where the path is too long, which is known at once.
  private func path(_ directories: ArraySlice<Level>, _ name: [UInt8]) -> [UInt8]? {
    let above = directories.first.map { $0.pathByteCount - $0.name.count - 1 } ?? 0
    let count = (directories.last?.pathByteCount ?? above) - above + name.count
    guard count <= Self.maximumByteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for directory in directories {
      bytes += directory.name
      bytes.append(UInt8(ascii: "/"))
    }
    return bytes + name
  }
}
