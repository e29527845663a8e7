internal import JFFS2

extension PackMerge {
  /// The files with other contents than before; links with other targets are among them.
  mutating func changedFiles() -> Set<UInt32> {
    guard let volume else { return [] }
    var changed: Set<UInt32> = []
    var pairs: [UInt32: UInt32] = [:]
    for pair in counterparts where FileType(mode: pair.old.mode) == tree.files[Int(pair.file)].type
    {
      switch tree.files[Int(pair.file)].type {
      case .regular where contents.oldInos[pair.file] == pair.old.ino: break
      case .regular where UInt64(tree.files[Int(pair.file)].size) == pair.old.size:
        pairs[pair.file] = pair.old.ino
      case .regular: changed.insert(pair.file)
      case .symbolicLink:
        if (try? volume.target(ofSymbolicLink: pair.old.ino)) != tree.target(of: pair.file) {
          changed.insert(pair.file)
        }
      default: break
      }
    }
    let work = pairs.map {
      PackContents.Pair(file: $0.key, ino: $0.value, size: tree.files[Int($0.key)].size)
    }
    return changed.union(contents.differing(work, from: volume))
  }

  /// Takes over the times of what has the same contents, and the hard links.
  mutating func inheritTimes(_ changed: Set<UInt32>) {
    var firstFiles: [UInt32: UInt32] = [:]
    for pair in counterparts
    where FileType(mode: pair.old.mode) == tree.files[Int(pair.file)].type
      && !isDescribedBySource(pair.file)
    {
      let isDirectory = pair.old.isDirectory
      if isDirectory
        ? renamedDirectories.contains(pair.file) && !pair.path.isEmpty && !source.hasAttributes
        : changed.contains(pair.file)
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
