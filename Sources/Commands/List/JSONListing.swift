package import FirmwareAccess
internal import JFFS2

/// `jffs2 ls --json`: one array with a ``FileEntry`` for each path and, after it, for what is below it.
package struct JSONListing {
  private let tree: ImageTree
  private let options: ListingOptions
  private let output: BufferedOutput
  /// The number of files that were written.
  package private(set) var count = 0

  /// The entries that could not be read, one line each.
  package private(set) var failures: [String] = []

  /// - Parameter options: Only those about directories have an effect; the order is that of the names.
  package init(_ tree: ImageTree, _ options: ListingOptions, to output: BufferedOutput) {
    self.tree = tree
    self.options = options
    self.output = output
  }

  /// Writes the array; nothing if none of the paths leads to anything.
  package mutating func list(_ paths: [[UInt8]]) throws(ProgramError) {
    for path in tree.expand(paths, { fail($0, "\($1)") }) { try list(path) }
    guard count > 0 || failures.isEmpty else { return }
    try output.write(count > 0 ? "\n]\n" : "[]\n")
  }

  private mutating func list(_ path: [UInt8]) throws(ProgramError) {
    let (start, names): (ImageTree.FileID, [[UInt8]])
    do throws(PathError) {
      (start, names) = try tree.walk(path, followsLast: false)
    } catch {
      return fail(path, tree.reason(error, path))
    }
    var walk = TreeWalk(tree, from: start)
    while let step = walk.next() {
      let below = walk.depth == 0 ? [] : [walk.path]
      let full = Array((names + below).joined(separator: [UInt8(ascii: "/")]))
      switch step {
      case .entry(let node, let attributes):
        if options.showsDirectories || walk.depth == 1 && !options.isRecursive {
          walk.skipDescendants()
        }
        if case .failure(let error) = attributes { fail(full, "\(error)") }
        try write(node, full, attributes)
      case .alreadyVisited(let node):
        fail(full, "a second name of a directory; not listed again")
        try write(node, full, Result { () throws(JFFS2Error) in try tree.attributes(of: node) })
      case .tooLong: fail(full, TreeWalk.tooLongReason)
      case .unreadable(_, let error): fail(full, "\(error)")
      case .exitDirectory: break
      }
    }
  }

  private mutating func write(
    _ node: ImageTree.FileID, _ path: [UInt8], _ attributes: Result<InodeAttributes, JFFS2Error>
  ) throws(ProgramError) {
    let entry: FileEntry
    do throws(JFFS2Error) {
      entry = try FileEntry(node, path: path, attributes, in: tree)
    } catch {
      return fail(path, "\(error)")
    }
    try output.write(count > 0 ? ",\n" : "[\n")
    try output.write(String(try JSON.line(entry).dropLast()))
    count += 1
  }

  private mutating func fail(_ path: [UInt8], _ reason: String) {
    let shown = path.isEmpty ? "/" : DisplayName.inMessages.text(path)
    failures.append("\(shown): \(reason)")
  }
}
