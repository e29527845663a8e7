internal import Firmware
internal import JFFS2
internal import Storage

/// The command lines that make a file system of the same tree, in the same form, and the container around it.
struct RebuildCommands: Encodable, Sendable {
  /// Gives the tree with owners and devices as a tar archive.
  let export: String
  /// Unpacks it and writes the file system, as any user; without extended attributes, for fakeroot 1.31 spoils the type of each
  /// file that gets one.
  let mkfs: String
  /// The same with extended attributes and access control lists, which only root can set; nil if there are none.
  let mkfsAsRoot: String?
  /// Wraps it; nil if no U-Boot image was around it.
  let mkimage: String?
  /// The data that the commands cannot restore, one sentence each.
  let notes: [String]

  init(
    _ fileSystem: OpenedFirmware.FileSystem, _ usage: LogUsage, hasXattrs: Bool,
    _ firmware: OpenedFirmware, isOnlyOne: Bool
  ) {
    let choice = isOnlyOne ? "" : " --partition \(fileSystem.name.shellWord)"
    export = "jffs2 export -o tree.tar\(choice) \(firmware.path.shellWord)"
    let options = Self.options(fileSystem.volume, usage).joined(separator: " ")
    mkfs =
      "fakeroot sh -c 'mkdir tree && tar -xpf tree.tar -C tree && "
      + "mkfs.jffs2 -r tree -o new.jffs2 \(options)'"
    mkfsAsRoot =
      hasXattrs
      ? "sudo sh -c 'mkdir tree && tar --acls --xattrs --xattrs-include=\"*\" -xpf tree.tar "
        + "-C tree && mkfs.jffs2 -r tree -o new.jffs2 \(options) --with-xattr'" : nil
    mkimage = Self.mkimage(fileSystem.partition)
    notes = Self.notes(fileSystem, usage, hasXattrs: hasXattrs)
  }

  /// The options of mkfs.jffs2, by what the log shows of its writer.
  private static func options(_ volume: Volume, _ usage: LogUsage) -> [String] {
    let (length, eraseSize) = (volume.range.length, volume.eraseSize.byteCount)
    var options = [
      volume.dialect.endianness == .little ? "-l" : "-b",
      "-e \(Amount.hexadecimal(UInt64(eraseSize)))",
    ]
    let chunk = usage.nodes.largestChunk
    if chunk > 4096, chunk.nonzeroBitCount == 1 { options.append("-s \(chunk)") }
    if length.isMultiple(of: eraseSize) {
      options.append("--pad=\(Amount.hexadecimal(UInt64(length)))")
    }
    switch usage.nodes.cleanmarkerLength {
    case nil: options.append("-n")
    case UInt32(NodeHeader.size): break
    case .some(let marker): options.append("-c \(marker)")
    }
    let used = usage.nodes.compressions
    let known: [(compression: Compression, name: String, isDefault: Bool)] = [
      (.zlib, "zlib", true), (.rtime, "rtime", true), (.lzo, "lzo", false),
    ]
    if !known.contains(where: { used[$0.compression] != nil }) {
      options.append("-m none")
    } else {
      for (compression, name, isDefault) in known {
        let isUsed = used[compression] != nil
        if isUsed != isDefault { options.append("\(isUsed ? "-X" : "-x") \(name)") }
      }
    }
    return options
  }

  /// Wraps the new file system in the innermost U-Boot image's header; nil if there is none, or the file system is after it.
  ///
  /// The data of a compressed uImage is not compressed again, so the header must say so. One that was wrong from
  /// the start stays: it may be relevant to users.
  private static func mkimage(_ partition: Partition) -> String? {
    guard let index = partition.containers.lastIndex(where: \.isUImage),
      case .uImage(let header, let offset) = partition.containers[index]
    else { return nil }
    let inner = partition.containers[(index + 1)...]
    let end = offset + UInt64(UImage.headerSize) + UInt64(header.dataSize)
    guard !inner.isEmpty || partition.range.start < end else { return nil }
    var parts = ["mkimage"]
    if let name = header.architectureName { parts.append("-A \(name)") }
    if let name = header.operatingSystemName { parts.append("-O \(name)") }
    if header.isMulti {
      parts.append("-T filesystem")
    } else if let name = header.typeName {
      parts.append("-T \(name)")
    }
    parts.append("-C \(inner.isEmpty ? header.compression.name : "none")")
    parts.append("-n \(DisplayName.inMessages.text(header.name).shellWord)")
    return parts.joined(separator: " ") + " -d new.jffs2 new.uimage"
  }

  private static func notes(
    _ fileSystem: OpenedFirmware.FileSystem, _ usage: LogUsage, hasXattrs: Bool
  ) -> [String] {
    var notes: [String] = []
    if hasXattrs {
      // Without its list a file gets the permissions of the list's lines, where its mode has the mask in the group's place.
      notes.append(
        "fakeroot drops the extended attributes, and a file with an access control list may get "
          + "other permissions for its group; only root can restore them")
    }
    if fileSystem.volume.dialect.magic != Dialect.currentMagic {
      notes.append("mkfs.jffs2 writes only the magic number 0x1985")
    }
    if usage.nodes.count(.summary) > 0 {
      notes.append("run sumtool to restore the summaries")
    }
    let foreign = usage.nodes.compressions.keys.filter {
      ![.none, .zero, .zlib, .rtime, .lzo].contains($0)
    }
    if !foreign.isEmpty {
      let names = foreign.map { $0.name ?? "number \($0.rawValue)" }.sorted()
      notes.append("Debian's mkfs.jffs2 has no \(names.joined(separator: ", "))")
    }
    let containers = fileSystem.partition.containers
    let isWrapped = mkimage(fileSystem.partition) != nil
    if !isWrapped && !containers.isEmpty || containers.count > 1 {
      notes.append("the outer layers are not rebuilt")
    }
    if isWrapped, case .uImage(let header, _)? = containers.last(where: \.isUImage), header.isMulti
    {
      notes.append("the other members of the U-Boot image are not rebuilt")
    }
    return notes
  }
}

extension Container {
  fileprivate var isUImage: Bool {
    if case .uImage = self { true } else { false }
  }
}

extension UImage {
  /// Whether it holds several files, with a table of their sizes in front.
  fileprivate var isMulti: Bool { typeName == "multi" }
}
