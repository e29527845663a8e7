package import FirmwareAccess
internal import JFFS2

/// `jffs2 cat`: the bytes of files, to an output.
package struct FileContents {
  private let tree: ImageTree
  private let output: BufferedOutput
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)

  /// The entries that could not be read, one line each.
  package private(set) var failures: [String] = []

  package init(_ tree: ImageTree, to output: BufferedOutput) {
    self.tree = tree
    self.output = output
  }

  /// Writes the bytes of files: all, or those before the first damaged one.
  ///
  /// - Parameter path: A path or a pattern. Symbolic links in it and at its end are followed inside the image.
  package mutating func write(_ path: [UInt8]) throws(ProgramError) {
    for path in tree.expand([path], { fail($0, "\($1)") }) {
      guard let (volume, ino) = regularFile(path) else { continue }
      try write(volume, ino, path)
    }
  }

  /// Writes an older version of a file, as ``write(_:)`` writes the current one.
  ///
  /// - Parameters:
  ///   - path: A path or a pattern from the root on; no symbolic link is followed.
  ///   - number: From 1 on.
  package mutating func write(
    _ path: [UInt8], version number: Int, of histories: FirmwareHistory
  ) throws(ProgramError) {
    // Directories that a pattern matches have none.
    let paths = histories.expand(path)
    let files = paths.filter { file in
      histories.find(file).map { index, _ in
        !histories.histories[index.fileSystem].versions(ofPath: index.path).isEmpty
      } ?? false
    }
    for file in files.isEmpty ? paths : files { try writeVersion(file, number, histories) }
  }

  private mutating func writeVersion(
    _ path: [UInt8], _ number: Int, _ histories: FirmwareHistory
  ) throws(ProgramError) {
    guard let (index, names) = histories.find(path) else {
      return fail(path, histories.reason(forMissing: path))
    }
    let history = histories.histories[index.fileSystem]
    let versions = history.versions(ofPath: index.path)
    guard versions.indices.contains(number - 1) else {
      return fail(
        path,
        versions.count > 1
          ? "has the versions 1 to \(versions.count)"
          : versions.isEmpty ? "no versions" : "has only version 1")
    }
    guard let (volume, ino) = regularFile(versions[number - 1], number, names, history, path) else {
      return
    }
    try write(volume, ino, path)
  }

  private mutating func regularFile(
    _ version: FileVersion, _ number: Int, _ names: [[UInt8]], _ history: History, _ path: [UInt8]
  ) -> (Volume, UInt32)? {
    do throws(JFFS2Error) {
      guard FileType(mode: try history.attributes(of: version).mode) == .regular else {
        fail(path, "not a regular file")
        return nil
      }
      let tree = try history.tree()
      return tree.inode(of: names, version: number).map { (tree.volume, $0) }
        ?? (history.volume, version.ino)
    } catch {
      fail(path, "\(error)")
      return nil
    }
  }

  private mutating func write(
    _ volume: Volume, _ ino: UInt32, _ path: [UInt8]
  ) throws(ProgramError) {
    var position: UInt64 = 0
    while true {
      var span = buffer.mutableSpan
      let read = volume.readAvailable(ino, at: position, into: &span)
      let end = read.lost.first?.range.lowerBound ?? read.range.upperBound
      if end > position { try output.write(buffer[..<Int(end - position)]) }
      if let lost = read.lost.first { return fail(path, "\(lost.error)") }
      guard end > position else { return }
      position = end
    }
  }

  private mutating func regularFile(_ path: [UInt8]) -> (Volume, UInt32)? {
    do throws(PathError) {
      let node = try tree.resolve(path)
      let attributes = try tree.attributesOrPathError(of: node)
      guard let volume = tree.volume(of: node), FileType(mode: attributes.mode) == .regular else {
        fail(path, attributes.isDirectory ? "is a directory" : "not a regular file")
        return nil
      }
      return (volume, node.ino)
    } catch {
      fail(path, tree.reason(error, path))
      return nil
    }
  }

  private mutating func fail(_ path: [UInt8], _ reason: String) {
    failures.append("\(DisplayName.inMessages.text(path)): \(reason)")
  }
}
