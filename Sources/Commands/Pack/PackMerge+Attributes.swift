internal import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Support

extension PackMerge {
  func attributes(
    _ volume: Volume, _ ino: UInt32
  ) throws(ProgramError) -> InodeAttributes {
    do throws(JFFS2Error) {
      return try volume.attributes(of: ino)
    } catch {
      throw ProgramError("\(volume.range.image.path): \(error)", .failure)
    }
  }

  /// Takes over all but times and contents.
  mutating func inherit(
    _ file: UInt32, from old: InodeAttributes
  ) throws(ProgramError) {
    tree.files[Int(file)].mode = old.mode
    tree.files[Int(file)].uid = old.uid
    tree.files[Int(file)].gid = old.gid
    tree.files[Int(file)].device = old.device
    guard let type = tree.files[Int(file)].type else { return }
    if type != .regular, type != .symbolicLink {
      tree.files[Int(file)].size = UInt32(clamping: old.size)
    }
    guard let volume, volume.hasXattrs else { return }
    let found: [FileTree.Attribute]
    do throws(JFFS2Error) {
      found = try volume.xattrValues(of: old.ino).compactMap {
        FileTree.Attribute(fullName: $0.name, value: $0.value)
      }
    } catch {
      throw ProgramError("\(volume.range.image.path): \(error)", .failure)
    }
    tree.setAttributes(found, of: file)
  }

  /// Counts a path whose mode in the source is another than in the old file system, unless an option sets it.
  mutating func recordMode(_ mode: UInt16, of path: [UInt8], old: UInt16) {
    guard mode != old, FileType(mode: old) != .symbolicLink,
      !options.modes.contains(where: { $0.path == path })
    else { return }
    keptModes.count += 1
    if keptModes.first == nil { keptModes.first = (path, mode & 0o7777, old & 0o7777) }
  }

  /// The line about modes that are kept as they are in the old file system.
  var keptModesNote: String? {
    guard let (path, mode, old) = keptModes.first else { return nil }
    let (new, kept) = (String(mode, radix: 8), String(old, radix: 8))
    let name = shown(path)
    return keptModes.count == 1
      ? "\(name): mode \(new) in the tree; the firmware's \(kept) is kept; to change it: "
        + "--mode \(name)=\(new)"
      : "\(NumberFormat.grouped(UInt64(keptModes.count))) paths have other modes in the tree; the "
        + "firmware's are kept (\(name): \(kept), not \(new)); to change one: --mode PATH=MODE"
  }

  /// Sets the owner and attributes of a file that is not in the old file system, unless the source specifies them.
  mutating func describeNew(_ file: UInt32) throws(ProgramError) {
    guard !isDescribedBySource(file) else { return }
    tree.files[Int(file)].uid = options.owner.uid
    tree.files[Int(file)].gid = options.owner.gid
    guard case .directory(let contents) = contents.origin, let type = tree.files[Int(file)].type,
      type == .regular || type == .directory
    else { return }
    let found = try contents.attributes(of: file, isDirectory: type == .directory).compactMap {
      name, value in
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

  mutating func applyOptions() throws(ProgramError) {
    for (path, owner) in options.owners {
      let file = try file(at: path, option: "--owner")
      tree.files[Int(file)].uid = owner.uid
      tree.files[Int(file)].gid = owner.gid
    }
    for (path, mode) in options.modes {
      let file = try file(at: path, option: "--mode")
      tree.files[Int(file)].mode = tree.files[Int(file)].mode & 0xF000 | mode
    }
    // What is in a directory that was removed is dropped too.
    for path in dropped.subtracting(foundDropped)
    where !removed.contains(where: { $0.path == path }) {
      throw ProgramError("--drop \(shown(path)): no such path", .usage)
    }
  }

  private func file(at path: [UInt8], option: String) throws(ProgramError) -> UInt32 {
    guard let file = tree.file(at: path) else {
      throw ProgramError("\(option) \(shown(path)): no such path", .usage)
    }
    return file
  }

  private func shown(_ path: [UInt8]) -> String { DisplayName.inMessages.text(path) }
}

extension FileTree.File {
  mutating func setTimes(of old: InodeAttributes) {
    accessTime = old.accessTime
    modificationTime = old.modificationTime
    changeTime = old.changeTime
  }
}
