internal import JFFS2

extension PackMerge {
  /// The files with other contents than what one of their names had before; links with other targets are among them.
  mutating func changedFiles() -> Set<PackContents.Pair> {
    guard let volume else { return [] }
    var changed: Set<PackContents.Pair> = []
    var work: Set<PackContents.Pair> = []
    for counterpart in counterparts {
      let (file, old) = (tree.files[Int(counterpart.file)], counterpart.old)
      let pair = pair(counterpart)
      guard FileType(mode: old.mode) == file.type else { continue }
      switch file.type {
      case .regular where contents.oldInos[pair.file] == pair.ino: break
      case .regular where UInt64(file.size) == old.size: work.insert(pair)
      case .regular: changed.insert(pair)
      case .symbolicLink:
        if (try? volume.target(ofSymbolicLink: pair.ino)) != tree.target(of: pair.file) {
          changed.insert(pair)
        }
      default: break
      }
    }
    return changed.union(contents.differing(Array(work), from: volume))
  }

  /// The file of a path and the inode that the path had before.
  func pair(_ counterpart: Counterpart) -> PackContents.Pair {
    PackContents.Pair(
      file: counterpart.file, ino: counterpart.old.ino,
      size: tree.files[Int(counterpart.file)].size)
  }

  /// Takes over the times of what has the same contents, and the hard links.
  mutating func inheritTimes(_ changed: Set<PackContents.Pair>) {
    var firstFiles: [UInt32: UInt32] = [:]
    for pair in counterparts
    where FileType(mode: pair.old.mode) == tree.files[Int(pair.file)].type
      && !isDescribedBySource(pair.file)
    {
      let isDirectory = pair.old.isDirectory
      if isDirectory
        ? renamedDirectories.contains(pair.file) && !pair.path.isEmpty && !source.hasAttributes
        : changed.contains(self.pair(pair))
      {
        continue
      }
      tree.files[Int(pair.file)].setTimes(of: pair.old)
      guard !isDirectory, pair.old.linkCount > 1, let entry = pair.entry else { continue }
      if let first = firstFiles[pair.old.ino] {
        tree.setFile(first, ofEntry: entryNumber(entry))
      } else {
        firstFiles[pair.old.ino] = pair.file
      }
    }
  }

  /// The number that an entry has since others were removed.
  private func entryNumber(_ entry: UInt32) -> Int {
    Int(entry) - droppedEntries.count { $0 < entry }
  }
}
