internal import JFFS2
internal import Storage
internal import Synchronization

/// Gives the files of a source what the old file system says about them, and records what changes.
struct PackMerge {
  /// A path that both have.
  private struct Counterpart {
    let path: [UInt8]
    let entry: UInt32?
    let file: UInt32
    let old: InodeAttributes
  }

  private struct Directory {
    let file: UInt32
    /// In the old file system; nil where it is new.
    let ino: UInt32?
    let path: [UInt8]
  }

  private(set) var tree: FileTree
  private(set) var changes: [PackChange] = []
  /// What a person should know, a line each.
  private(set) var notes: [String] = []

  private let volume: Volume?
  private let source: PackSource
  private let contents: PackContents
  private let options: PackOptions
  private let dropped: Set<[UInt8]>
  private var pending: [Directory]
  private var counterparts: [Counterpart] = []
  /// The files of which it was said what they are.
  private var isDescribed: [UInt32: Bool] = [:]
  /// The files that were kept without the source having them, by their old inode numbers.
  private var kept: [UInt32: UInt32] = [:]
  /// The directories whose names are others than before.
  private var renamedDirectories: Set<UInt32> = []
  private var droppedEntries: Set<UInt32> = []
  private var newFiles: Set<UInt32> = []

  init(
    _ tree: FileTree, _ contents: PackContents, of source: PackSource, into volume: Volume?,
    _ options: PackOptions
  ) {
    self.tree = tree
    self.contents = contents
    self.source = source
    self.volume = volume
    self.options = options
    dropped = Set(options.dropped)
    pending = [Directory(file: 0, ino: volume == nil ? nil : Volume.rootIno, path: [])]
  }

  mutating func run() throws(CommandFailure) {
    try describeRoot()
    while let directory = pending.popLast() { try merge(directory) }
    tree.removeEntries { [droppedEntries] in droppedEntries.contains($0) }
    let changed = changedFiles()
    inheritTimes(changed)
    try applyOptions()
    recordChanges(changed)
    changes.sort { $0.path.lexicographicallyPrecedes($1.path) }
  }

  // MARK: Names

  private mutating func describeRoot() throws(CommandFailure) {
    if let volume {
      let old = try attributes(volume, Volume.rootIno)
      counterparts.append(Counterpart(path: [], entry: nil, file: 0, old: old))
      if !source.hasAttributes { try inherit(0, from: old) }
    } else if !source.hasAttributes {
      // As mkfs.jffs2, which writes no node for the root, unless others may do something else in it.
      tree.files[0] = FileTree.File(mode: tree.files[0].mode)
      tree.files[0].uid = options.owner.uid
      tree.files[0].gid = options.owner.gid
    }
    isDescribed[0] = true
  }

  private mutating func merge(_ directory: Directory) throws(CommandFailure) {
    let new = tree.children(of: directory.file)
    let old = try names(directory.ino)
    var index = 0
    for entry in new {
      let name = tree.name(tree.entries[Int(entry)])
      while index < old.count, old[index].name.lexicographicallyPrecedes(name) {
        try missing(old[index], in: directory)
        index += 1
      }
      let path = directory.path.isEmpty ? name : directory.path + [UInt8(ascii: "/")] + name
      let isOld = index < old.count && old[index].name == name
      if dropped.contains(path) {
        droppedEntries.insert(entry)
        if isOld { try remove(old[index].ino, path, directory) }
      } else {
        try add(entry, path, ino: isOld ? old[index].ino : nil, in: directory)
      }
      if isOld { index += 1 }
    }
    while index < old.count {
      try missing(old[index], in: directory)
      index += 1
    }
  }

  private mutating func add(
    _ entry: UInt32, _ path: [UInt8], ino: UInt32?, in directory: Directory
  ) throws(CommandFailure) {
    let file = tree.entries[Int(entry)].file
    let type = tree.files[Int(file)].type
    var oldIno: UInt32?
    if let volume, let ino {
      // What the old file system cannot show is new.
      if let old = try? volume.attributes(of: ino) {
        counterparts.append(Counterpart(path: path, entry: entry, file: file, old: old))
        if FileType(mode: old.mode) == type { oldIno = ino }
        if oldIno == nil, old.isDirectory { try removeChildren(of: ino, path) }
        if oldIno != nil, !source.hasAttributes, isDescribed[file] != true {
          try inherit(file, from: old)
          isDescribed[file] = true
        }
      } else {
        changes.append(PackChange(path: path, kind: .changed, aspects: ["contents"]))
      }
    } else {
      renamedDirectories.insert(directory.file)
      if volume != nil { changes.append(PackChange(path: path, kind: .added)) }
    }
    if oldIno == nil, isDescribed[file] != true {
      newFiles.insert(file)
      try describeNew(file)
      isDescribed[file] = true
    }
    if type == .directory { pending.append(Directory(file: file, ino: oldIno, path: path)) }
  }

  /// A name that the source does not have.
  private mutating func missing(
    _ old: (name: [UInt8], ino: UInt32), in directory: Directory
  ) throws(CommandFailure) {
    let path =
      directory.path.isEmpty ? old.name : directory.path + [UInt8(ascii: "/")] + old.name
    guard let volume, let attributes = try? volume.attributes(of: old.ino),
      let type = FileType(mode: attributes.mode), !source.holds(type), !dropped.contains(path)
    else { return try remove(old.ino, path, directory) }
    let file: UInt32
    if let known = kept[old.ino] {
      file = known
    } else {
      file = tree.add(FileTree.File(mode: attributes.mode))
      kept[old.ino] = file
      try inherit(file, from: attributes)
      tree.files[Int(file)].setTimes(of: attributes)
    }
    tree.addEntry(old.name, in: directory.file, file: file)
  }

  private mutating func remove(
    _ ino: UInt32, _ path: [UInt8], _ directory: Directory
  ) throws(CommandFailure) {
    renamedDirectories.insert(directory.file)
    changes.append(PackChange(path: path, kind: .removed))
    if let volume, (try? volume.attributes(of: ino).isDirectory) == true {
      try removeChildren(of: ino, path)
    }
  }

  private mutating func removeChildren(
    of ino: UInt32, _ path: [UInt8]
  ) throws(CommandFailure) {
    var directories = [(ino, path)]
    // A hostile image may have loops.
    var entered: Set<UInt32> = [ino]
    while let (ino, path) = directories.popLast() {
      for child in try names(ino) {
        let path = path + [UInt8(ascii: "/")] + child.name
        changes.append(PackChange(path: path, kind: .removed))
        if (try? volume?.attributes(of: child.ino).isDirectory) == true,
          entered.insert(child.ino).inserted
        {
          directories.append((child.ino, path))
        }
      }
    }
  }

  private func names(
    _ ino: UInt32?
  ) throws(CommandFailure) -> [(name: [UInt8], ino: UInt32)] {
    guard let volume, let ino else { return [] }
    var names: [(name: [UInt8], ino: UInt32)] = []
    do throws(JFFS2Error) {
      try volume.list(ino) { entry, name in
        names.append((name.indices.map { name[$0] }, entry.ino))
        return true
      }
    } catch {
      throw CommandFailure("\(volume.range.image.path): \(error)", .unreadable)
    }
    return names
  }

  // MARK: Attributes

  private func attributes(
    _ volume: Volume, _ ino: UInt32
  ) throws(CommandFailure) -> InodeAttributes {
    do throws(JFFS2Error) {
      return try volume.attributes(of: ino)
    } catch {
      throw CommandFailure("\(volume.range.image.path): \(error)", .unreadable)
    }
  }

  /// Takes over all but times and contents.
  private mutating func inherit(
    _ file: UInt32, from old: InodeAttributes
  ) throws(CommandFailure) {
    tree.files[Int(file)].mode = old.mode
    tree.files[Int(file)].uid = old.uid
    tree.files[Int(file)].gid = old.gid
    tree.files[Int(file)].device = old.device
    guard let type = tree.files[Int(file)].type else { return }
    if type != .regular, type != .symbolicLink {
      tree.files[Int(file)].size = UInt32(clamping: old.size)
    }
    guard let volume, volume.hasXattrs else { return }
    var found: [FileTree.Attribute] = []
    do throws(JFFS2Error) {
      for xattr in try volume.xattrs(of: old.ino) {
        guard let value = try volume.value(of: xattr, ino: old.ino),
          let attribute = FileTree.Attribute(fullName: xattr.name, value: value)
        else { continue }
        found.append(attribute)
      }
    } catch {
      throw CommandFailure("\(volume.range.image.path): \(error)", .unreadable)
    }
    tree.setAttributes(found, of: file)
  }

  /// What the old file system does not have belongs to root, unless the source knows better.
  private mutating func describeNew(_ file: UInt32) throws(CommandFailure) {
    guard !source.hasAttributes else { return }
    tree.files[Int(file)].uid = options.owner.uid
    tree.files[Int(file)].gid = options.owner.gid
    guard case .directory(let contents) = contents, let type = tree.files[Int(file)].type,
      type == .regular || type == .directory
    else { return }
    let found = try contents.attributes(of: file).compactMap { name, value in
      // Labels of the system that the directory is on say nothing about the device.
      Self.hostAttributes.contains(name)
        ? nil : FileTree.Attribute(fullName: name, value: value)
    }
    tree.setAttributes(found, of: file)
  }

  private static let hostAttributes: Set<[UInt8]> = Set(
    ["security.selinux", "security.ima", "security.evm", "security.SMACK64"].map {
      Array($0.utf8)
    })

  private mutating func applyOptions() throws(CommandFailure) {
    for (path, owner) in options.owners {
      let file = try file(at: path, option: "--owner")
      tree.files[Int(file)].uid = owner.uid
      tree.files[Int(file)].gid = owner.gid
    }
    for (path, mode) in options.modes {
      let file = try file(at: path, option: "--mode")
      tree.files[Int(file)].mode = tree.files[Int(file)].mode & 0xF000 | mode
    }
    for path in options.dropped where !changes.contains(where: { $0.path == path }) {
      // Without an old file system nothing is recorded.
      guard volume == nil || tree.file(at: path) != nil else {
        throw CommandFailure("--drop \(shown(path)): no such path", .usage)
      }
    }
  }

  private func file(at path: [UInt8], option: String) throws(CommandFailure) -> UInt32 {
    guard let file = tree.file(at: path) else {
      throw CommandFailure("\(option) \(shown(path)): no such path", .usage)
    }
    return file
  }

  private func shown(_ path: [UInt8]) -> String { DisplayName.inMessages.text(path) }

  // MARK: Contents

  /// The files with other contents than before; links with other targets are among them.
  private mutating func changedFiles() -> Set<UInt32> {
    guard let volume else { return [] }
    var changed: Set<UInt32> = []
    var pairs: [UInt32: UInt32] = [:]
    for pair in counterparts where FileType(mode: pair.old.mode) == tree.files[Int(pair.file)].type
    {
      switch tree.files[Int(pair.file)].type {
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
    let differing = Mutex(changed)
    let work = pairs.map { (file: $0.key, ino: $0.value) }
    Parallel.forEach(work) { [tree, contents] pair in
      let size = tree.files[Int(pair.file)].size
      if !contents.isEqual(pair.file, to: pair.ino, in: volume, size: size) {
        differing.withLock { _ = $0.insert(pair.file) }
      }
    }
    return differing.withLock { $0 }
  }

  /// Takes over the times of what has the same contents, and the hard links.
  private mutating func inheritTimes(_ changed: Set<UInt32>) {
    guard !source.hasAttributes else { return }
    var firstFiles: [UInt32: UInt32] = [:]
    for pair in counterparts where FileType(mode: pair.old.mode) == tree.files[Int(pair.file)].type
    {
      let isDirectory = pair.old.isDirectory
      if isDirectory ? renamedDirectories.contains(pair.file) && !pair.path.isEmpty
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

  // MARK: Changes

  /// The newest time of modification of what is new or has other contents; 0 where nothing is.
  private(set) var newestChange: UInt32 = 0

  private mutating func recordChanges(_ changed: Set<UInt32>) {
    for file in changed.union(newFiles) {
      newestChange = max(newestChange, tree.files[Int(file)].modificationTime)
    }
    for pair in counterparts {
      let file = tree.files[Int(pair.file)]
      var aspects: [String] = []
      if FileType(mode: pair.old.mode) != file.type {
        aspects.append("type")
      } else if changed.contains(pair.file) {
        aspects.append(
          file.type == .symbolicLink
            ? "target" : "contents (\(Amount.bytes(pair.old.size)) -> \(Amount.bytes(UInt64(file.size))))")
      }
      let (oldMode, mode) = (pair.old.mode & 0o7777, file.mode & 0o7777)
      if oldMode != mode {
        aspects.append("mode \(String(oldMode, radix: 8)) -> \(String(mode, radix: 8))")
      }
      if (pair.old.uid, pair.old.gid) != (file.uid, file.gid) {
        aspects.append("owner \(pair.old.uid):\(pair.old.gid) -> \(file.uid):\(file.gid)")
      }
      if pair.old.device != file.device { aspects.append("device") }
      if !aspects.isEmpty {
        changes.append(PackChange(path: pair.path, kind: .changed, aspects: aspects))
      }
    }
  }
}

extension FileTree.File {
  fileprivate mutating func setTimes(of old: InodeAttributes) {
    accessTime = old.accessTime
    modificationTime = old.modificationTime
    changeTime = old.changeTime
  }
}

extension PackContents {
  /// Whether a file's bytes are those of an inode of the same size. What cannot be read is different.
  func isEqual(_ file: UInt32, to ino: UInt32, in volume: Volume, size: UInt32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: Int(min(size, 256 << 10)))
    var others = bytes
    var offset: UInt64 = 0
    while offset < UInt64(size) {
      let count = Int(min(UInt64(bytes.count), UInt64(size) - offset))
      do {
        var whole = bytes.mutableSpan
        var part = whole._mutatingExtracting(0..<count)
        try read(file, at: offset, into: &part)
        var otherWhole = others.mutableSpan
        var otherPart = otherWhole._mutatingExtracting(0..<count)
        guard try volume.read(ino, at: offset, into: &otherPart) == count else { return false }
      } catch {
        return false
      }
      guard bytes[..<count] == others[..<count] else { return false }
      offset += UInt64(count)
    }
    return true
  }
}
