/// The files of a file system to be written, without their contents: who is in which directory, and what stat(2) reports.
///
/// Files and names are numbered in the order in which they were added; file 0 is the root. Everything is in a few arrays, since there
/// may be a hundred thousand files.
package struct FileTree: Sendable {
  /// A name in a directory.
  package struct Entry: Sendable {
    /// The directory.
    package let parent: UInt32
    /// The file of the name; several names may have the same file.
    package var file: UInt32
    let nameOffset: UInt32
    let nameLength: UInt8
  }

  /// A file of any type.
  package struct File: Equatable, Sendable {
    /// File type and permissions, 16 bits.
    package var mode: UInt16
    package var uid: UInt16 = 0
    package var gid: UInt16 = 0
    /// The bytes of a regular file or of a symbolic link's target; of others what stat(2) reports.
    package var size: UInt32 = 0
    /// Seconds since 1970.
    package var accessTime: UInt32 = 0
    /// Seconds since 1970.
    package var modificationTime: UInt32 = 0
    /// Seconds since 1970.
    package var changeTime: UInt32 = 0
    /// Where a symbolic link's target starts in ``FileTree/targets``.
    package var targetOffset: UInt32 = 0
    /// The number of a device.
    package var device: DeviceNumber?

    package init(mode: UInt16) { self.mode = mode }

    /// The kind of file; nil for a mode of no known type.
    package var type: FileType? { FileType(mode: mode) }
  }

  /// An extended attribute; equal ones are written once.
  package struct Attribute: Hashable, Sendable {
    package let namespace: XattrNamespace
    /// The name without its namespace.
    package let name: [UInt8]
    /// The value; an access control list in Linux's form.
    package let value: [UInt8]

    package init(namespace: XattrNamespace, name: [UInt8], value: [UInt8]) {
      self.namespace = namespace
      self.name = name
      self.value = value
    }
  }

  package internal(set) var entries: [Entry] = []
  package var files: [File]
  /// Extended attributes by file, in the order of namespaces and names.
  package private(set) var attributes: [UInt32: [Attribute]] = [:]
  private var names: [UInt8] = []
  private var targets: [UInt8] = []
  /// Where each directory's names start in ``sorted``, and at the end where all end.
  private var firstChildren: [UInt32] = []
  /// The numbers of the entries by directory and name.
  private var sorted: [UInt32] = []

  /// A tree of a root directory alone.
  package init(root: File = File(mode: FileType.directory.rawValue | 0o755)) { files = [root] }

  /// Adds a file, to which no name leads yet.
  ///
  /// - Returns: Its number.
  package mutating func add(_ file: File) -> UInt32 {
    files.append(file)
    return UInt32(files.count - 1)
  }

  /// Adds a name, of 1 to 255 bytes, for a file.
  package mutating func addEntry(_ name: [UInt8], in parent: UInt32, file: UInt32) {
    entries.append(
      Entry(
        parent: parent, file: file, nameOffset: UInt32(names.count),
        nameLength: UInt8(name.count)))
    names += name
  }

  /// Gives a file its extended attributes.
  package mutating func setAttributes(_ found: [Attribute], of file: UInt32) {
    attributes[file] =
      found.isEmpty
      ? nil
      : found.sorted {
        $0.namespace == $1.namespace
          ? $0.name.lexicographicallyPrecedes($1.name)
          : $0.namespace.rawValue < $1.namespace.rawValue
      }
  }

  /// Has a name lead to another file.
  package mutating func setFile(_ file: UInt32, ofEntry entry: Int) { entries[entry].file = file }

  /// Makes a file a symbolic link to `target`.
  package mutating func setTarget(_ target: [UInt8], of file: UInt32) {
    files[Int(file)].targetOffset = UInt32(targets.count)
    files[Int(file)].size = UInt32(target.count)
    targets += target
  }

  /// The bytes of a symbolic link's target.
  package func target(of file: UInt32) -> [UInt8] {
    let (start, count) = (Int(files[Int(file)].targetOffset), Int(files[Int(file)].size))
    return Array(targets[start..<start + count])
  }

  /// The bytes of a name.
  package func name(_ entry: Entry) -> [UInt8] {
    Array(names[Int(entry.nameOffset)..<Int(entry.nameOffset) + Int(entry.nameLength)])
  }

  /// Puts the names in order; to be called after names were added or removed and before they are read.
  package mutating func sort() {
    let (entries, names) = (entries, names)
    sorted = (0..<UInt32(entries.count)).sorted {
      let (left, right) = (entries[Int($0)], entries[Int($1)])
      if left.parent != right.parent { return left.parent < right.parent }
      return compareBytes(
        names.span.extracting(left.nameRange), names.span.extracting(right.nameRange)) < 0
    }
    firstChildren = [UInt32](repeating: 0, count: files.count + 1)
    for entry in entries { firstChildren[Int(entry.parent) + 1] += 1 }
    for index in firstChildren.indices.dropFirst() {
      firstChildren[index] += firstChildren[index - 1]
    }
  }

  /// The numbers of a directory's entries, in the order of their names' bytes.
  package func children(of directory: UInt32) -> ArraySlice<UInt32> {
    sorted[Int(firstChildren[Int(directory)])..<Int(firstChildren[Int(directory) + 1])]
  }

  /// Removes the names for which `isRemoved` answers true; what is below a removed directory has to be removed too.
  package mutating func removeEntries(_ isRemoved: (UInt32) -> Bool) {
    var kept: [Entry] = []
    for (index, entry) in entries.enumerated() where !isRemoved(UInt32(index)) {
      kept.append(entry)
    }
    if kept.count < entries.count { entries = kept }
    sort()
  }

  /// The names alone, of files that are not described.
  package var withoutFiles: FileTree {
    var copy = self
    copy.files = []
    return copy
  }

  /// The number of regular files with a path from the root, each counted once.
  package var regularFileCount: Int {
    var isKnown = [Bool](repeating: false, count: files.count)
    var count = 0
    var pending: [UInt32] = [0]
    while let directory = pending.popLast() {
      for entry in children(of: directory) {
        let file = entries[Int(entry)].file
        guard !isKnown[Int(file)] else { continue }
        isKnown[Int(file)] = true
        switch files[Int(file)].type {
        case .directory: pending.append(file)
        case .regular: count += 1
        default: break
        }
      }
    }
    return count
  }

  /// The file at a path of names separated by slashes; the root for an empty path, nil if there is none.
  package func file(at path: [UInt8]) -> UInt32? {
    var file: UInt32 = 0
    for name in path.split(separator: UInt8(ascii: "/")) {
      guard
        let child = children(of: file).first(where: { self.name(entries[Int($0)])[...] == name })
      else { return nil }
      file = entries[Int(child)].file
    }
    return file
  }

  /// The numbers of all entries as mkfs.jffs2 writes them: all names of a directory, then those of each directory in it.
  package var writingOrder: [UInt32] {
    var order: [UInt32] = []
    order.reserveCapacity(entries.count)
    var directories: [UInt32] = [0]
    while let directory = directories.popLast() {
      let children = children(of: directory)
      order += children
      for child in children.reversed() {
        let file = entries[Int(child)].file
        if files[Int(file)].type == .directory { directories.append(file) }
      }
    }
    return order
  }
}

extension FileTree.Entry {
  var nameRange: Range<Int> { Int(nameOffset)..<Int(nameOffset) + Int(nameLength) }
}
