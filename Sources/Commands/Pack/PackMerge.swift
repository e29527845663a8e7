internal import FirmwareAccess
internal import JFFS2
internal import Storage

/// Gives the files of a source what the old file system says about them, and records what changes.
struct PackMerge {
  /// A path that both have.
  struct Counterpart {
    let path: [UInt8]
    /// nil for the root.
    let entry: UInt32?
    let file: UInt32
    let old: InodeAttributes
  }

  struct Directory {
    let file: UInt32
    /// In the old file system; nil where it is new.
    let ino: UInt32?
    let path: [UInt8]
  }

  var tree: FileTree
  var changes: [Difference] = []
  /// Notes for the user, one line per note.
  private(set) var notes: [String] = []

  let oldTree: ImageTree?
  /// The only file system of ``oldTree``.
  let volume: Volume?
  let source: PackSource
  private(set) var contents: PackContents
  /// The files and directories of the source that may not be read.
  let unreadable: Set<UInt32>
  private let undescribed: Set<UInt32>
  let options: PackOptions
  let dropped: Set<[UInt8]>
  var pending: [Directory]
  var counterparts: [Counterpart] = []
  /// The paths that only the source has.
  var added: [(path: [UInt8], file: UInt32)] = []
  /// The paths that only the old file system has, with their inodes.
  var removed: [(path: [UInt8], ino: UInt32)] = []
  /// The paths of ``dropped`` that were there.
  var foundDropped: Set<[UInt8]> = []
  /// The files of which it was said what they are.
  var isDescribed: [UInt32: Bool] = [:]
  /// The files that were kept without the source having them, by their old inode numbers.
  var kept: [UInt32: UInt32] = [:]
  /// The directories whose names are others than before.
  var renamedDirectories: Set<UInt32> = []
  var droppedEntries: Set<UInt32> = []
  var newFiles: Set<UInt32> = []
  /// The number of paths whose mode in the source is not taken over, and the first.
  var keptModes: (count: Int, first: (path: [UInt8], source: UInt16, old: UInt16)?) = (0, nil)
  /// The newest time of modification of what is new or has other contents; 0 where nothing is.
  var newestChange: UInt32 = 0

  init(
    _ listing: PackListing, of source: PackSource, _ old: ImageTree?, _ options: PackOptions
  ) {
    tree = listing.tree
    oldTree = old
    volume = old?.fileSystems.first?.volume
    contents = PackContents(listing.origin, volume)
    self.source = source
    unreadable = listing.unreadable
    undescribed = listing.undescribed
    self.options = options
    dropped = Set(options.dropped)
    pending = [Directory(file: 0, ino: volume == nil ? nil : Volume.rootIno, path: [])]
  }

  mutating func run() throws(ProgramError) {
    try describeRoot()
    while let directory = pending.popLast() { try merge(directory) }
    tree.removeEntries { [droppedEntries] in droppedEntries.contains($0) }
    let changed = changedFiles()
    inheritTimes(changed)
    try applyOptions()
    if let note = keptModesNote { notes.append(note) }
    recordChanges(changed)
  }

  /// Whether the source says who owns a file, and the like.
  func isDescribedBySource(_ file: UInt32) -> Bool {
    source.hasAttributes && !undescribed.contains(file)
  }

  private mutating func describeRoot() throws(ProgramError) {
    if let volume {
      let old = try attributes(volume, Volume.rootIno)
      counterparts.append(Counterpart(path: [], entry: nil, file: 0, old: old))
      if !isDescribedBySource(0) { try inherit(0, from: old) }
    } else if !isDescribedBySource(0) {
      // As mkfs.jffs2, which writes no node for the root, unless others may do something else in it.
      tree.files[0] = FileTree.File(mode: tree.files[0].mode)
      tree.files[0].uid = options.owner.uid
      tree.files[0].gid = options.owner.gid
    }
    isDescribed[0] = true
  }

  private mutating func merge(_ directory: Directory) throws(ProgramError) {
    let new = tree.children(of: directory.file)
    let old = try names(directory.ino)
    var index = 0
    for entry in new {
      let name = tree.name(tree.entries[Int(entry)])
      while index < old.count, old[index].name.lexicographicallyPrecedes(name) {
        try missing(old[index], in: directory)
        index += 1
      }
      let path = Self.path(directory.path, name)
      let isOld = index < old.count && old[index].name == name
      if isDropped(path) {
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
  ) throws(ProgramError) {
    let file = tree.entries[Int(entry)].file
    let type = tree.files[Int(file)].type
    var oldIno: UInt32?
    if let volume, let ino {
      // What the old file system cannot show is new.
      if let old = try? volume.attributes(of: ino) {
        counterparts.append(Counterpart(path: path, entry: entry, file: file, old: old))
        if FileType(mode: old.mode) == type { oldIno = ino }
        if oldIno == nil, old.isDirectory { try removeChildren(of: ino, path) }
        if oldIno != nil, !isDescribedBySource(file), isDescribed[file] != true {
          recordMode(tree.files[Int(file)].mode, of: path, old: old.mode)
          try inherit(file, from: old)
          isDescribed[file] = true
        }
      } else {
        recordUnreadable(path, file)
      }
    } else {
      renamedDirectories.insert(directory.file)
      added.append((path, file))
    }
    if unreadable.contains(file) {
      return try addUnreadable(file, path, oldIno)
    }
    if oldIno == nil, isDescribed[file] != true {
      newFiles.insert(file)
      try describeNew(file)
      isDescribed[file] = true
    }
    if type == .directory { pending.append(Directory(file: file, ino: oldIno, path: path)) }
  }

  /// Takes a file that may not be read in the source from the old file system. An extraction without root creates such files.
  private mutating func addUnreadable(
    _ file: UInt32, _ path: [UInt8], _ ino: UInt32?
  ) throws(ProgramError) {
    guard let volume, let ino else { throw source.failure(path, "Permission denied") }
    if tree.files[Int(file)].type == .directory {
      try graft(ino, onto: file, path)
    } else {
      let old = try attributes(volume, ino)
      guard UInt64(tree.files[Int(file)].size) == old.size else {
        throw source.failure(path, "Permission denied")
      }
      contents.oldInos[file] = ino
    }
    notes.append(
      "\(DisplayName.inMessages.text(path)): may not be read; taken from the old firmware")
  }

  /// Takes over all that is in a directory of the old file system.
  private mutating func graft(
    _ ino: UInt32, onto file: UInt32, _ path: [UInt8]
  ) throws(ProgramError) {
    guard let volume else { return }
    var directories = [Directory(file: file, ino: ino, path: path)]
    // A hostile image may have loops.
    var entered: Set<UInt32> = [ino]
    while let directory = directories.popLast() {
      for child in try names(directory.ino) {
        let path = Self.path(directory.path, child.name)
        if isDropped(path) {
          try remove(child.ino, path, directory)
          continue
        }
        let old = try attributes(volume, child.ino)
        if old.isDirectory, !entered.insert(child.ino).inserted { continue }
        let added = try keep(old, child.name, path, in: directory)
        if old.isDirectory {
          directories.append(Directory(file: added, ino: child.ino, path: path))
        }
      }
    }
  }

  /// Takes over a name and its file as they are in the old file system.
  private mutating func keep(
    _ old: InodeAttributes, _ name: [UInt8], _ path: [UInt8], in directory: Directory
  ) throws(ProgramError) -> UInt32 {
    let file: UInt32
    if let known = kept[old.ino] { file = known } else { file = try add(old) }
    let entry = UInt32(tree.entries.count)
    tree.addEntry(name, in: directory.file, file: file)
    counterparts.append(Counterpart(path: path, entry: entry, file: file, old: old))
    return file
  }

  /// Adds a file that is as in the old file system.
  private mutating func add(_ old: InodeAttributes) throws(ProgramError) -> UInt32 {
    let file = tree.add(FileTree.File(mode: old.mode))
    kept[old.ino] = file
    try inherit(file, from: old)
    tree.files[Int(file)].setTimes(of: old)
    if FileType(mode: old.mode) == .regular {
      tree.files[Int(file)].size = UInt32(clamping: old.size)
      contents.oldInos[file] = old.ino
    } else if let volume, FileType(mode: old.mode) == .symbolicLink {
      tree.setTarget((try? volume.target(ofSymbolicLink: old.ino)) ?? [], of: file)
    }
    return file
  }

  /// A name that the source does not have.
  private mutating func missing(
    _ old: (name: [UInt8], ino: UInt32), in directory: Directory
  ) throws(ProgramError) {
    let path = Self.path(directory.path, old.name)
    guard !isDropped(path), let volume, let attributes = try? volume.attributes(of: old.ino),
      let type = FileType(mode: attributes.mode), !source.holds(type)
    else { return try remove(old.ino, path, directory) }
    _ = try keep(attributes, old.name, path, in: directory)
  }

  private mutating func isDropped(_ path: [UInt8]) -> Bool {
    guard dropped.contains(path) else { return false }
    foundDropped.insert(path)
    return true
  }

  private static func path(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
    directory.isEmpty ? name : directory + [UInt8(ascii: "/")] + name
  }

  private mutating func remove(
    _ ino: UInt32, _ path: [UInt8], _ directory: Directory
  ) throws(ProgramError) {
    renamedDirectories.insert(directory.file)
    removed.append((path, ino))
    if let volume, (try? volume.attributes(of: ino).isDirectory) == true {
      try removeChildren(of: ino, path)
    }
  }

  private mutating func removeChildren(
    of ino: UInt32, _ path: [UInt8]
  ) throws(ProgramError) {
    var directories = [(ino, path)]
    // A hostile image may have loops.
    var entered: Set<UInt32> = [ino]
    while let (ino, path) = directories.popLast() {
      for child in try names(ino) {
        let path = Self.path(path, child.name)
        removed.append((path, child.ino))
        if (try? volume?.attributes(of: child.ino).isDirectory) == true,
          entered.insert(child.ino).inserted
        {
          directories.append((child.ino, path))
        }
      }
    }
  }

  func names(
    _ ino: UInt32?
  ) throws(ProgramError) -> [(name: [UInt8], ino: UInt32)] {
    guard let volume, let ino else { return [] }
    do throws(JFFS2Error) {
      return try volume.entries(of: ino).map { ($0.name, $0.ino) }
    } catch {
      throw ProgramError("\(volume.range.image.path): \(error)", .failure)
    }
  }
}
