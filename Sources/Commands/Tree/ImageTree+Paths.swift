package import JFFS2

/// Why a path leads nowhere.
package enum PathError: Error, Equatable {
  case notFound
  /// A symbolic link in the path has this target, which does not exist in the image.
  case danglingLink(target: [UInt8])
  /// A name in the middle is not a directory.
  case notADirectory
  /// More symbolic links than a path may have, as with a link to itself.
  case tooManyLinks
  case unreadable(JFFS2Error)
  /// A pattern matches more paths than are listed at once.
  case tooManyMatches
}

extension PathError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notFound: "no such file in the image"
    case .danglingLink(let target):
      "a symbolic link leads to \"\(DisplayName.inMessages.text(target))\", which is not in the image"
    case .notADirectory: "not a directory"
    case .tooManyLinks: "too many levels of symbolic links"
    case .unreadable(let error): "\(error)"
    case .tooManyMatches: "matches too many files; use a more specific pattern"
    }
  }
}

extension ImageTree {
  /// As many as Linux follows in one path.
  private static let maximumLinks = 40

  /// The node that a path leads to. Symbolic links are followed inside the image only: `..` stays below the root, and an absolute
  /// target starts at the root of the link's own file system.
  ///
  /// - Parameters:
  ///   - path: Names with slashes between them; a slash in front changes nothing, and an empty path is the root.
  ///   - followsLast: Whether a link that the path ends in is followed. With a slash after it, it always is.
  package func resolve(
    _ path: [UInt8], followsLast: Bool = true
  ) throws(PathError) -> FileID {
    try walk(path, followsLast: followsLast).node
  }

  /// Whether a path leads to something.
  package func hasPath(_ path: [UInt8]) -> Bool {
    (try? resolve(path, followsLast: false)) != nil
  }

  /// As ``resolve(_:followsLast:)``, with the names that lead to the node from the root on: no link and no `..` is among them.
  func walk(
    _ path: [UInt8], followsLast: Bool
  ) throws(PathError) -> (node: FileID, names: [[UInt8]]) {
    var trail: [(node: FileID, name: [UInt8])] = [(root, [])]
    var rest = Self.names(in: path)
    let followsLast = followsLast || path.last == UInt8(ascii: "/")
    // The links in the path, and the number of names that follow each target.
    var links: [(target: [UInt8], rest: Int)] = []
    while let name = rest.popLast() {
      let current = trail[trail.count - 1].node
      if name == [UInt8(ascii: ".")] {
        guard try isDirectory(current) else { throw .notADirectory }
        continue
      }
      if name == Array("..".utf8) {
        guard try isDirectory(current) else { throw .notADirectory }
        if trail.count > 1 { trail.removeLast() }
        continue
      }
      guard try isDirectory(current) else { throw .notADirectory }
      guard let next = try look(name, in: current) else {
        let link = links.last { $0.rest <= rest.count }
        throw link.map { .danglingLink(target: $0.target) } ?? .notFound
      }
      guard followsLast || !rest.isEmpty, let target = try target(of: next) else {
        trail.append((next, name))
        continue
      }
      links.append((target, rest.count))
      guard links.count <= Self.maximumLinks else { throw .tooManyLinks }
      if target.first == UInt8(ascii: "/") {
        // A file system's root is the tree's, or the second.
        trail.removeSubrange((root.volume == nil ? 2 : 1)...)
      }
      rest += Self.names(in: target)
    }
    let found = trail[trail.count - 1].node
    if path.last == UInt8(ascii: "/") {
      guard try isDirectory(found) else { throw .notADirectory }
    }
    return (found, trail.dropFirst().map { $0.name })
  }

  /// The names between the slashes, the last one first.
  private static func names(in path: [UInt8]) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/")).reversed().map(Array.init)
  }

  private func isDirectory(_ node: FileID) throws(PathError) -> Bool {
    try attributesOrPathError(of: node).isDirectory
  }

  /// As ``attributes(of:)``, for those who look for a path.
  func attributesOrPathError(of node: FileID) throws(PathError) -> InodeAttributes {
    do { return try attributes(of: node) } catch { throw .unreadable(error) }
  }

  private func look(_ name: [UInt8], in directory: FileID) throws(PathError) -> FileID? {
    do { return try child(name, of: directory) } catch { throw .unreadable(error) }
  }

  /// A symbolic link's target, or nil for anything else.
  private func target(of node: FileID) throws(PathError) -> [UInt8]? {
    guard let volume = volume(of: node) else { return nil }
    do throws(JFFS2Error) {
      guard FileType(mode: try volume.attributes(of: node.ino).mode) == .symbolicLink else {
        return nil
      }
      return try volume.target(ofSymbolicLink: node.ino)
    } catch {
      throw .unreadable(error)
    }
  }
}
