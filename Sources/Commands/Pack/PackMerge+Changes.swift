internal import FirmwareAccess
internal import JFFS2

extension PackMerge {
  /// Records all differences from the old file system.
  ///
  /// - Parameter changed: The files with other contents than before.
  mutating func recordChanges(_ changed: Set<PackContents.Pair>) {
    for file in newFiles.union(changed.map(\.file)) {
      newestChange = max(newestChange, tree.files[Int(file)].modificationTime)
    }
    guard let volume, let oldTree else { return }
    changes += added.map { Difference(.added, new: entry($0.path, $0.file)) }
    changes += removed.map { path, ino in
      Difference(.removed, old: oldEntry(path, try? volume.attributes(of: ino)))
    }
    changes += counterparts.compactMap { difference($0, hasOtherContents: changed) }
    sortChanges()
    guard !added.isEmpty, !removed.isEmpty else { return }
    let new = NewFiles(
      tree: tree, contents: contents, numbers: Dictionary(added) { first, _ in first })
    changes = RenameSearch(ContentsComparison(old: oldTree, new: new), ComparisonRules())
      .differences(changes)
  }

  /// Records a path of which the old file system shows no attributes.
  mutating func recordUnreadable(_ path: [UInt8], _ file: UInt32) {
    changes.append(Difference(.changed, old: oldEntry(path, nil), new: entry(path, file)))
  }

  private func difference(
    _ pair: Counterpart, hasOtherContents changed: Set<PackContents.Pair>
  ) -> Difference? {
    let (old, new) = (oldEntry(pair.path, pair.old), entry(pair.path, pair.file))
    guard let oldAttributes = old.attributes, let attributes = new.attributes else { return nil }
    var difference = Difference(.changed, old: old, new: new)
    difference.compare(oldAttributes, attributes, ComparisonRules())
    if new.isRegularFile, old.isRegularFile, !difference.aspects.contains(.contents),
      changed.contains(self.pair(pair))
    {
      difference.aspects.insert(.contents, at: 0)
    }
    return difference.aspects.isEmpty ? nil : difference
  }

  private func entry(_ path: [UInt8], _ number: UInt32) -> ComparedEntry {
    let file = tree.files[Int(number)]
    var attributes = EntryAttributes(
      mode: UInt32(file.mode), uid: UInt32(file.uid), gid: UInt32(file.gid),
      size: file.type == .regular ? UInt64(file.size) : 0,
      modificationTime: Int64(file.modificationTime), device: file.device?.text)
    if file.type == .symbolicLink { attributes.target = tree.target(of: number) }
    attributes.xattrs = Dictionary(
      (tree.attributes[number] ?? []).map { ($0.fullName, $0.value) },
      uniquingKeysWith: { _, last in last })
    return ComparedEntry(path: TreePath(path), attributes: attributes)
  }

  /// An entry of the old file system. What cannot be read of it is a fault.
  private func oldEntry(_ path: [UInt8], _ inode: InodeAttributes?) -> ComparedEntry {
    guard let volume, let inode else {
      return ComparedEntry(path: TreePath(path), faults: [EntryFault(reason: "unreadable")])
    }
    var attributes = EntryAttributes(inode)
    try? attributes.addPayloads(of: inode.ino, in: volume)
    return ComparedEntry(
      path: TreePath(path), node: ImageTree.FileID(volume: 0, ino: inode.ino),
      attributes: attributes)
  }

  /// Puts the changes in the order of `diff`.
  private mutating func sortChanges() {
    changes = changes.map { (key: $0.path?.names.joined(separator: [0]).map(\.self) ?? [], $0) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.1)
  }
}

/// The contents of files that only the source has.
private struct NewFiles: ComparedContents {
  let tree: FileTree
  let contents: PackContents
  /// By their paths.
  let numbers: [[UInt8]: UInt32]

  func read(
    _ entry: ComparedEntry, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(EntryFault) -> Int {
    guard let number = numbers[entry.path.bytes] else { return 0 }
    let size = UInt64(tree.files[Int(number)].size)
    let count = min(buffer.count, Int(size - min(offset, size)))
    do throws(ProgramError) {
      var part = buffer._mutatingExtracting(0..<count)
      try contents.read(number, at: offset, into: &part)
      return count
    } catch {
      throw EntryFault(reason: "\(error)", isRefusal: true)
    }
  }
}
