internal import CLinux
internal import JFFS2
internal import Storage
internal import Support
internal import SystemPackage

/// Creates single files of any type except directories in the target.
struct EntryCreator {
  let tree: ImageTree
  let options: ExtractionOptions
  let record: ExtractionLog
  let writer: AttributeWriter
  let queue: ThreadPool
  let progress: Progress

  /// Makes an inode's first name, or a copy. What goes wrong is reported.
  func make(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes, in directory: DirectoryHandle,
    name: [UInt8], path: [UInt8]
  ) {
    guard let volume = tree.volume(of: node) else { return }
    let type = FileType(mode: attributes.mode)
    do throws(Errno) {
      switch type {
      case .regular:
        let file = try replacing(name, in: directory) { () throws(Errno) in
          try FileWriter(
            node, volume, attributes, in: directory, name: name, path: path, writer, progress,
            options.limit)
        }
        return file.start(queue)
      case .symbolicLink:
        guard let target = target(of: node, volume, path) else { return }
        try replacing(name, in: directory) { () throws(Errno) in
          try directory.makeSymbolicLink(name, to: target)
        }
        record.count { $0.symbolicLinks += 1 }
      case .fifo, .socket, .characterDevice, .blockDevice:
        try replacing(name, in: directory) { () throws(Errno) in
          try directory.makeNode(
            name, mode: attributes.mode & ~0o6000, major: attributes.device?.major ?? 0,
            minor: attributes.device?.minor ?? 0)
        }
        record.count { $0.specialFiles += 1 }
      case .directory, nil:
        return record.fail(path, "unknown file type", missing: node)
      }
    } catch {
      return record.fail(path, error, missing: node)
    }
    let subject = AttributeWriter.Subject(
      descriptor: directory.descriptor, name: name, path: path)
    writer.apply(attributes, volume, to: subject)
  }

  /// Runs `make`, which makes a name, and repeats it after removing an existing entry that is to be replaced.
  func replacing<Result>(
    _ name: [UInt8], in directory: DirectoryHandle, _ make: () throws(Errno) -> Result
  ) throws(Errno) -> Result {
    do throws(Errno) {
      return try make()
    } catch {
      guard error == .fileExists else { throw error }
      guard options.replaces else {
        // As removing it would fail.
        let status = clinux_status_below(directory.descriptor, name.span)
        let type = FileType(mode: UInt16(truncatingIfNeeded: status.mode))
        throw type == .directory ? .isDirectory : error
      }
    }
    try directory.remove(name)
    return try make()
  }

  /// The words for what the system refused.
  static func reason(_ error: Errno) -> String {
    switch error {
    case .fileExists: "already exists; use --force to replace it"
    case .isDirectory: "a directory with this name exists; extract to another directory: -C DIR"
    case .notDirectory, .tooManySymbolicLinkLevels:
      "exists and is not a directory; use --force to replace it"
    default: "\(error)"
    }
  }

  private func target(
    of node: ImageTree.FileID, _ volume: Volume, _ path: [UInt8]
  ) -> [UInt8]? {
    do throws(JFFS2Error) {
      let target = try volume.target(ofSymbolicLink: node.ino)
      if !target.isEmpty { return target }
      record.fail(path, "an empty symbolic link, which cannot be created", missing: node)
    } catch {
      record.fail(path, "\(error)", missing: node)
    }
    return nil
  }
}
