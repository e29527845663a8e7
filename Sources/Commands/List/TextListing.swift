package import FirmwareAccess
internal import JFFS2

/// `jffs2 ls` for people: files, the names in directories, or directory after directory.
package struct TextListing {
  private let tree: ImageTree
  private let options: ListingOptions
  private let output: BufferedOutput
  private let display: DisplayName
  private var hasWritten = false

  /// The entries that could not be read, one line each.
  package private(set) var failures: [String] = []

  package init(_ tree: ImageTree, _ options: ListingOptions, to output: BufferedOutput) {
    self.tree = tree
    self.options = options
    self.output = output
    self.display = .for(output)
  }

  /// Lists paths: first those of files, then directories, which have headings if there is more than one path.
  package mutating func list(_ paths: [[UInt8]]) throws(ProgramError) {
    let expanded = tree.expand(paths) { fail($0, "\($1)") }
    let found = options.sorted(expanded.compactMap { file(at: $0) })
    let showsDirectories = options.showsDirectories
    try write(found.filter { showsDirectories || !$0.isDirectory })
    let hasHeadings = options.isRecursive || expanded.count > 1
    for directory in found where !showsDirectories && directory.isDirectory {
      if options.isRecursive {
        try listAll(directory)
      } else {
        try writeDirectory(directory.node, directory.name, hasHeading: hasHeadings)
      }
    }
  }

  /// Lists a directory and each one below it.
  private mutating func listAll(_ start: ListedFile) throws(ProgramError) {
    let path = start.name
    let prefix = path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")]
    var walk = TreeWalk(tree, from: start.node)
    while let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes)) where attributes.isDirectory:
        let shown = walk.depth == 0 ? path : prefix + walk.path
        try writeDirectory(node, shown, hasHeading: true)
      case .alreadyVisited:
        fail(prefix + walk.path, "a second name of a directory; not listed again")
      case .tooLong: fail(prefix + walk.path, TreeWalk.tooLongReason)
      case .entry, .unreadable, .exitDirectory: break
      }
    }
  }

  private mutating func file(at path: [UInt8]) -> ListedFile? {
    let node: ImageTree.FileID
    do throws(PathError) {
      // As ls(1): a link in the end is followed where only names are shown, if it leads to something.
      node = try tree.resolve(path, followsLast: !options.isLong && !options.showsDirectories)
    } catch {
      guard let link = try? tree.resolve(path, followsLast: false) else {
        fail(path, tree.reason(error, path))
        return nil
      }
      node = link
    }
    var file = ListedFile(name: path, node: node)
    file.attributes = attributes(node, path)
    return file
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
    var files = children.map { ListedFile(name: $0.name, node: $0.node) }
    for index in files.indices {
      if options.needsAttributes {
        let slash = path.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        let child = path + slash + files[index].name
        files[index].attributes = attributes(files[index].node, child)
      } else if options.style.colors != .none || options.marksTypes {
        // Names alone need no inode.
        files[index].attributes = Result { () throws(JFFS2Error) in
          try tree.attributes(of: files[index].node)
        }
      }
    }
    try write(options.sorted(files))
  }

  /// Writes a line for each file, their columns aligned.
  private mutating func write(_ files: [ListedFile]) throws(ProgramError) {
    var widths = LongLine.minimumWidths(isHumanReadable: options.isHumanReadable)
    let lines =
      !options.isLong
      ? []
      : files.map { file in
        LongLine(file.readable, isHumanReadable: options.isHumanReadable)
      }
    for line in lines { line.widen(&widths) }
    let inodeWidth = files.map { "\($0.node.ino)".utf8.count }.max() ?? 0
    if options.hasColumns, !options.isLong, files.count > 1 {
      return try writeColumns(files, inodeWidth: inodeWidth)
    }
    for (index, file) in files.enumerated() {
      hasWritten = true
      try write(inode: file, inodeWidth)
      if options.isLong { try output.write(lines[index].text(widths)) }
      try write(name: file)
      try output.write("\n")
    }
  }

  private mutating func writeColumns(_ files: [ListedFile], inodeWidth: Int) throws(ProgramError) {
    hasWritten = true
    let prefix = options.showsInodes ? inodeWidth + 1 : 0
    let widths = files.map {
      prefix + display.width($0.name) + (options.marksTypes ? $0.mark.utf8.count : 0)
    }
    let layout = ColumnLayout(widths, lineWidth: options.style.width)
    for row in 0..<layout.rowCount {
      for index in stride(from: row, to: files.count, by: layout.rowCount) {
        try write(inode: files[index], inodeWidth)
        try write(name: files[index])
        guard index + layout.rowCount < files.count else { continue }
        let space = layout.widths[index / layout.rowCount] - widths[index]
        try output.write(String(repeating: " ", count: space))
      }
      try output.write("\n")
    }
  }

  private func write(inode file: ListedFile, _ width: Int) throws(ProgramError) {
    guard options.showsInodes else { return }
    let inode = "\(file.node.ino)"
    try output.write(String(repeating: " ", count: width - inode.utf8.count) + inode + " ")
  }

  private func write(name file: ListedFile) throws(ProgramError) {
    var color: String?
    if options.style.colors != .none, let attributes = file.attributes {
      color = (try? attributes.get()).map { options.colors.color(of: file.name, $0) } ?? "1;31"
    }
    if let color { try output.write("\u{1B}[\(color)m") }
    try output.write(display.bytes(file.name)[...])
    if color != nil { try output.write("\u{1B}[0m") }
    // The long format shows the target of a link.
    guard options.isLong, let target = target(file) else {
      return options.marksTypes ? try output.write(file.mark) : ()
    }
    try output.write(" -> ")
    try output.write(display.bytes(target)[...])
  }

  private func target(_ file: ListedFile) -> [UInt8]? {
    guard let attributes = file.readable, let volume = tree.volume(of: file.node),
      FileType(mode: attributes.mode) == .symbolicLink
    else { return nil }
    return try? volume.target(ofSymbolicLink: file.node.ino)
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
