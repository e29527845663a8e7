internal import FUSE
internal import FirmwareAccess
internal import JFFS2
internal import Synchronization
internal import SystemPackage

/// Several volumes as one file system: a directory that holds a directory for each, and files for parts of the flash without JFFS2.
final class MultiVolumeFileSystem: RequestCounting {
  private let volumes: [any MountedVolume]
  private let files: [PartFile]
  /// The names of the volumes, then those of the files.
  private let names: [[UInt8]]
  private let ownership: OwnershipOverride
  private let requests = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - volumes: Numbered with ``InodeNumberMapping/volume(_:)`` in this order.
  ///   - files: Numbered after the volumes.
  ///   - names: From ``VolumeNames``, one for each volume and file.
  ///   - ownership: What is to be shown instead of the owner and permissions of the directory and the files.
  init(
    _ volumes: [any MountedVolume], files: [PartFile] = [], names: [String],
    ownership: OwnershipOverride
  ) {
    self.volumes = volumes
    self.files = files
    self.names = names.map { Array($0.utf8) }
    self.ownership = ownership
  }

  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 {
    volumes.reduce(requests.load(ordering: .relaxed)) { $0 + $1.requestCount }
  }

  func start(_ connection: inout Connection) {
    connection.useForImmutable(enforcesAccessLists: volumes.contains { $0.enforcesAccessLists })
  }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    if let volume = volume(of: parent) {
      return volume.lookup(name, in: parent, request: request, reply: reply)
    }
    count()
    let index = names.firstIndex { known in
      known.count == name.count && known.indices.allSatisfy { known[$0] == name[$0] }
    }
    guard let index else { return reply.negative() }
    do throws(JFFS2Error) {
      _ = reply.entry(try entry(index))
    } catch {
      reply.error(error.errno)
    }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    if let volume = volume(of: node) {
      return volume.getattr(node, request: request, reply: reply)
    }
    count()
    if let (number, file) = file(of: node) {
      return reply.attributes(attributes(number, file))
    }
    reply.attributes(
      ownership.attributes(.root(ofFileSystems: volumes.count), number: node.rawValue))
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    guard let volume = volume(of: node) else { return reply.error(.invalidArgument) }
    volume.readlink(node, request: request, reply: reply)
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    if let volume = volume(of: node) {
      return volume.read(
        node, offset: offset, size: size, handle: handle, request: request, reply: reply)
    }
    count()
    guard let (_, file) = file(of: node) else { return reply.error(.isDirectory) }
    // The file returns how many bytes it has written.
    reply.data(trusting: size) { buffer throws(Errno) in try file.read(at: offset, into: &buffer) }
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    if let volume = volume(of: node) {
      return volume.lseek(
        node, offset: offset, to: target, handle: handle, request: request, reply: reply)
    }
    count()
    guard let (_, file) = file(of: node) else { return reply.error(.invalidArgument) }
    guard offset < file.byteCount else { return reply.error(.noSuchAddressOrDevice) }
    // A file is one run of data.
    reply.offset(target == .data ? offset : file.byteCount)
  }

  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    if let volume = volume(of: node) {
      return volume.statfs(node, request: request, reply: reply)
    }
    count()
    let blocks = volumes.reduce(0) { $0 + (UInt64($1.volume.range.length) + 4095) / 4096 }
    reply.statistics(
      Statistics(
        blockSize: 4096, blocks: blocks, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0,
        nameLength: UInt32(Volume.maximumNameLength)))
  }

  func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    guard let volume = volume(of: node), volume.hasXattrs else {
      count()
      // "No such call" would be mistaken for the answer of all volumes.
      return reply.error(.noData)
    }
    volume.getxattr(name, of: node, request: request, reply: reply)
  }

  func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    guard let volume = volume(of: node) else {
      count()
      let none: [UInt8] = []
      return reply.value(none.span)
    }
    volume.listxattr(node, request: request, reply: reply)
  }

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    list(node, offset, request, reply)
  }

  func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    list(node, offset, request, reply)
  }

  private func list(
    _ node: NodeID, _ offset: UInt64, _ request: Request, _ reply: consuming DirectoryReply
  ) {
    if let volume = volume(of: node) {
      return volume.readdir(node, offset: offset, handle: 0, request: request, reply: reply)
    }
    count()
    let all = [[0x2E], [0x2E, 0x2E]] + names
    for position in Int(clamping: min(offset, UInt64(all.count)))..<all.count {
      let name = all[position]
      let root = position < 2 ? nil : try? entry(position - 2)
      guard
        reply.add(
          name: name.span, type: position - 2 < volumes.count ? 4 : 8,
          ino: root?.node.rawValue ?? node.rawValue,
          entry: reply.isPlus ? root : nil, nextOffset: UInt64(position) + 1)
      else { break }
    }
    reply.finish()
  }

  private func volume(of node: NodeID) -> (any MountedVolume)? {
    InodeNumberMapping.volumeIndex(node).flatMap {
      volumes.indices.contains($0) ? volumes[$0] : nil
    }
  }

  /// A name of the directory as the answer to a look-up.
  private func entry(_ index: Int) throws(JFFS2Error) -> Entry {
    guard index >= volumes.count else { return try volumes[index].rootEntry() }
    let node = InodeNumberMapping.volume(index).node(Volume.rootIno)
    return Entry(
      node: node, attributes: attributes(node.rawValue, files[index - volumes.count]))
  }

  /// The file of a node, with the node's number; nil for the directory and for what is in volumes.
  private func file(of node: NodeID) -> (number: UInt64, file: PartFile)? {
    guard let index = InodeNumberMapping.volumeIndex(node),
      files.indices.contains(index - volumes.count)
    else { return nil }
    return (node.rawValue, files[index - volumes.count])
  }

  private func attributes(_ number: UInt64, _ file: PartFile) -> Attributes {
    ownership.attributes(.file(byteCount: file.byteCount), number: number)
  }

  private func count() { requests.wrappingAdd(1, ordering: .relaxed) }
}
