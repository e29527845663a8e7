internal import JFFS2

extension ImageTree {
  /// The bytes of all paths that a pattern may match.
  private static let maximumExpansion = 64 << 20

  /// The paths that a pattern matches, as a shell has them: `*`, `?` and `[…]` match parts of a name, `**` any directories.
  ///
  /// - Returns: The path itself if it exists, or if it is not a pattern, or matches nothing.
  package func expand(_ path: [UInt8]) throws(PathError) -> [[UInt8]] {
    guard path.isPattern, !hasPath(path) else { return [path] }
    let slash = UInt8(ascii: "/")
    let names = path.split(separator: slash, omittingEmptySubsequences: false)
    // Links are followed before the first pattern only.
    let literal = Array(names.prefix { !Array($0).isPattern }.joined(separator: [slash]))
    let patterns = Array(names.drop { !Array($0).isPattern }.joined(separator: [slash]))
    guard let start = try? resolve(literal) else { return [path] }
    let prefix = patterns.count == path.count ? [] : literal + [slash]
    var selection = PathSelection([patterns])
    var states = [selection.root]
    var walk = TreeWalk(self, from: start)
    var (found, byteCount) = ([[UInt8]](), 0)
    while let step = walk.next() {
      var isDirectory = true
      switch step {
      case .entry(_, let attributes): isDirectory = (try? attributes.get().isDirectory) == true
      case .alreadyVisited: break
      case .tooLong, .exitDirectory, .unreadable: continue
      }
      guard walk.depth > 0 else { continue }
      states.removeLast(states.count - walk.depth)
      let state = selection.advance(from: states[walk.depth - 1], to: walk.name)
      states.append(state)
      if state.isMatch, isDirectory || path.last != slash {
        let match = prefix + walk.path + (path.last == slash ? [slash] : [])
        byteCount += match.count
        guard byteCount <= Self.maximumExpansion else { throw .tooManyMatches }
        found.append(match)
      }
      if !state.hasOpenPatterns { walk.skipDescendants() }
    }
    return found.isEmpty ? [path] : found
  }

  /// As ``expand(_:)`` for several paths.
  ///
  /// - Parameter fail: Gets a pattern that cannot be resolved, and the reason.
  package func expand(
    _ paths: [[UInt8]], _ fail: ([UInt8], PathError) -> Void
  ) -> [[UInt8]] {
    paths.flatMap { path in
      do throws(PathError) {
        return try expand(path)
      } catch {
        fail(path, error)
        return []
      }
    }
  }
}

extension [UInt8] {
  /// Whether the path has pattern characters.
  var isPattern: Bool { contains { [UInt8]("*?[".utf8).contains($0) } }
}
