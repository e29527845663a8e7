package import FirmwareAccess
package import JFFS2

/// The histories of all file systems of a firmware.
package struct FirmwareHistory {
  /// A path of one of the file systems.
  struct Index {
    let fileSystem: Int
    let path: Int
  }

  let firmware: FirmwareImage
  /// In the order of the file systems.
  package let histories: [History]

  /// Reads the logs again.
  ///
  /// - Parameters:
  ///   - paths: The only paths whose versions are needed; nil for all. Patterns match as without it.
  ///   - isQuiet: Shows no progress on a terminal.
  package init(
    _ firmware: FirmwareImage, of paths: [[UInt8]]? = nil, isQuiet: Bool = false
  ) throws(ProgramError) {
    self.firmware = firmware
    let wanted = paths.flatMap { Self.split($0, firmware) }
    let progress = Progress(
      "history", total: firmware.fileSystems.reduce(0) { $0 + UInt64($1.volume.range.length) },
      isQuiet: isQuiet)
    defer { progress.finish() }
    var histories: [History] = []
    do throws(JFFS2Error) {
      for (index, fileSystem) in firmware.fileSystems.enumerated() {
        let names = wanted?.filter { $0.fileSystem == index }.map(\.names)
        histories.append(try History(fileSystem.volume, of: names) { progress.advance($0) })
      }
    } catch {
      throw ProgramError("\(firmware.path): \(error)", .failure)
    }
    self.histories = histories
  }

  /// A directory for each file with history, in it a file for each version; as the mount shows it.
  package func tree() throws(ProgramError) -> ImageTree {
    try tree { history throws(JFFS2Error) in try history.tree() }
  }

  /// The deleted files, each as it was last.
  package func deletedTree() throws(ProgramError) -> ImageTree {
    try tree { history throws(JFFS2Error) in try history.deletedTree() }
  }

  private func tree(
    _ made: (History) throws(JFFS2Error) -> HistoryTree
  ) throws(ProgramError) -> ImageTree {
    var volumes: [Volume] = []
    do throws(JFFS2Error) {
      for history in histories { volumes.append(try made(history).volume) }
    } catch {
      throw ProgramError("\(firmware.path): \(error)", .failure)
    }
    return ImageTree(firmware, volumes: volumes)
  }

  /// The inodes that a former path referred to, each with its file system; empty if the history does not know the path.
  package func inodes(of path: [UInt8]) -> [(fileSystem: Int, ino: UInt32)] {
    guard let (index, _) = find(path) else { return [] }
    return histories[index.fileSystem].inodes(ofPath: index.path).sorted().map {
      (index.fileSystem, $0)
    }
  }

  /// Why a path is neither in the tree nor in the history, with a hint where the user may have meant another.
  func reason(forMissing path: [UInt8]) -> String {
    let hint = ImageTree(firmware).hint(path) ?? (try? deletedTree())?.hint(path)
    return "no such file in the image or in its history" + (hint.map { "; \($0)" } ?? "")
  }

  /// Why a path has no older versions.
  func reason(forNoVersionsOf path: [UInt8]) -> String {
    if path.isPattern { return "matches no older version" }
    let isCurrent = (try? ImageTree(firmware).walk(path, followsLast: false)) != nil
    return isCurrent
      ? "no older versions; without --history the current one is extracted"
      : reason(forMissing: path)
  }

  /// The paths of files and directories, current or deleted, that a pattern matches; the path itself if none does.
  package func expand(_ path: [UInt8]) -> [[UInt8]] {
    guard path.isPattern, find(path) == nil else { return [path] }
    var found: [[UInt8]] = []
    for (index, history) in histories.enumerated() {
      var selection = PathSelection([path])
      var states: [PathSelection.MatchState] = []
      for path in 0..<history.pathCount {
        guard let (name, parent) = history.name(ofPath: path) else {
          states.append(
            histories.count == 1
              ? selection.root
              : selection.advance(
                from: selection.root, to: Array(firmware.fileSystems[index].name.utf8)))
          continue
        }
        states.append(selection.advance(from: states[parent], to: name))
        guard states[path].isMatch else { continue }
        found.append(self.path(path, of: index))
      }
    }
    return found.isEmpty ? [path] : found
  }

  /// A path from the root on, with the name of its file system if there are several.
  func path(_ path: Int, of index: Int) -> [UInt8] {
    let prefix = histories.count > 1 ? [Array(firmware.fileSystems[index].name.utf8)] : []
    return Array(
      (prefix + histories[index].names(ofPath: path)).joined(separator: [UInt8(ascii: "/")]))
  }

  /// Finds a path, with the names that lead to it in its file system.
  func find(_ path: [UInt8]) -> (index: Index, names: [[UInt8]])? {
    guard let (fileSystem, names) = Self.split(path, firmware) else { return nil }
    return histories[fileSystem].index(ofPath: names).map {
      (Index(fileSystem: fileSystem, path: $0), names)
    }
  }

  /// The file system of a path and the names that lead from its root to it; nil if the path names none of several file systems.
  private static func split(
    _ path: [UInt8], _ firmware: FirmwareImage
  ) -> (fileSystem: Int, names: [[UInt8]])? {
    let names = path.split(separator: UInt8(ascii: "/")).map(Array.init)
      .filter { $0 != [UInt8(ascii: ".")] }
    guard firmware.fileSystems.count > 1 else { return (0, names) }
    return firmware.fileSystems.firstIndex { Array($0.name.utf8) == names.first }.map {
      ($0, Array(names.dropFirst()))
    }
  }

  /// The same for several paths; nil if one is a pattern or names no file system.
  private static func split(
    _ paths: [[UInt8]], _ firmware: FirmwareImage
  ) -> [(fileSystem: Int, names: [[UInt8]])]? {
    let known = paths.compactMap { $0.isPattern ? nil : split($0, firmware) }
    return known.count == paths.count ? known : nil
  }
}
