package import FirmwareAccess
internal import JFFS2

/// `jffs2 ls` for people: a file, the names in a directory, or directory after directory, in the order of their bytes.
package struct TextListing {
  private let tree: ImageTree
  private let isLong: Bool
  private let output: BufferedOutput
  private let display: DisplayName
  private var hasWritten = false

  /// The entries that could not be read, one line each.
  package private(set) var failures: [String] = []

  /// - Parameter isLong: Permissions, links, owners, size and time are before each name, as in `ls -l`; times are in UTC.
  package init(_ tree: ImageTree, isLong: Bool, to output: BufferedOutput) {
    self.tree = tree
    self.isLong = isLong
    self.output = output
    self.display = .for(output)
  }

  /// Lists one path.
  ///
  /// - Parameter hasHeading: Whether a directory's path is printed above its names.
  package mutating func list(_ path: [UInt8], hasHeading: Bool) throws(ProgramError) {
    guard let node = resolve(path) else { return }
    switch attributes(node, path) {
    case .success(let attributes) where attributes.isDirectory:
      try writeDirectory(node, path, hasHeading: hasHeading)
    case let attributes: try writeLine(node, attributes, name: path)
    }
  }

  /// Lists a path and each directory below it, headed by their paths.
  package mutating func listAll(_ path: [UInt8]) throws(ProgramError) {
    guard let node = resolve(path) else { return }
    let prefix = path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")]
    var walk = TreeWalk(tree, from: node)
    while let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes)) where attributes.isDirectory:
        let shown = walk.depth == 0 ? path : prefix + walk.path
        try writeDirectory(node, shown, hasHeading: true)
      case .entry(let node, let attributes):
        if walk.depth == 0 { try writeLine(node, attributes, name: path) }
      case .alreadyVisited:
        fail(prefix + walk.path, "a second name of a directory; not listed again")
      case .tooLong: fail(prefix + walk.path, TreeWalk.tooLongReason)
      case .unreadable, .exitDirectory: break
      }
    }
  }

  private mutating func resolve(_ path: [UInt8]) -> ImageTree.FileID? {
    do throws(PathError) {
      // As ls(1): a link in the end is followed where only names are shown.
      return try tree.resolve(path, followsLast: !isLong)
    } catch {
      fail(path, "\(error)")
      return nil
    }
  }

  private mutating func writeDirectory(
    _ node: ImageTree.FileID, _ path: [UInt8], hasHeading: Bool
  ) throws(ProgramError) {
    if hasHeading {
      if hasWritten { try output.write("\n") }
      try output.write(display.bytes(path)[...])
      try output.write(":\n")
      hasWritten = true
    }
    let children: [ImageTree.Entry]
    do throws(JFFS2Error) {
      children = try tree.children(of: node)
    } catch {
      return fail(path, "\(error)")
    }
    for child in children {
      guard isLong else {
        try output.write((display.bytes(child.name) + [UInt8(ascii: "\n")])[...])
        continue
      }
      let attributes = attributes(child.node, path + [UInt8(ascii: "/")] + child.name)
      try writeLine(child.node, attributes, name: child.name)
    }
  }

  private mutating func writeLine(
    _ node: ImageTree.FileID, _ attributes: Result<InodeAttributes, JFFS2Error>, name: [UInt8]
  ) throws(ProgramError) {
    hasWritten = true
    if isLong { try output.write(LongLine(attributes).text) }
    try output.write(display.bytes(name)[...])
    if isLong, let target = target(node, attributes) {
      try output.write(" -> ")
      try output.write(display.bytes(target)[...])
    }
    try output.write("\n")
  }

  private func target(
    _ node: ImageTree.FileID, _ attributes: Result<InodeAttributes, JFFS2Error>
  ) -> [UInt8]? {
    guard let attributes = try? attributes.get(), let volume = tree.volume(of: node),
      FileType(mode: attributes.mode) == .symbolicLink
    else { return nil }
    return try? volume.target(ofSymbolicLink: node.ino)
  }

  private mutating func attributes(
    _ node: ImageTree.FileID, _ path: [UInt8]
  ) -> Result<InodeAttributes, JFFS2Error> {
    do throws(JFFS2Error) {
      return .success(try tree.attributes(of: node))
    } catch {
      fail(path, "\(error)")
      return .failure(error)
    }
  }

  private mutating func fail(_ path: [UInt8], _ reason: String) {
    failures.append("\(DisplayName.inMessages.text(path)): \(reason)")
  }
}
