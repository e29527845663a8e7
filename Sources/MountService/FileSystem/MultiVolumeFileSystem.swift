internal import FUSE
internal import JFFS2
internal import Synchronization
internal import SystemPackage

/// Several volumes as one file system: a directory that holds a directory for each.
final class MultiVolumeFileSystem: CountingFileSystem {
  private let volumes: [any MountedVolume]
  private let names: [[UInt8]]
  private let owner: (uid: UInt32, gid: UInt32)
  private let requests = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - volumes: Numbered with ``InodeNumbering/volume(_:)`` in this order.
  ///   - names: From ``VolumeNames``, one for each.
  ///   - owner: Whose the directory is.
  init(_ volumes: [any MountedVolume], names: [String], owner: (uid: UInt32, gid: UInt32)) {
    self.volumes = volumes
    self.names = names.map { Array($0.utf8) }
    self.owner = owner
  }

  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 {
    volumes.reduce(requests.load(ordering: .relaxed)) { $0 + $1.requestCount }
  }

  func start(_ connection: inout Connection) {
    connection.useForImmutable(checksPermissions: volumes.contains { $0.checksPermissions })
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
      _ = reply.entry(try volumes[index].entry(Volume.rootIno))
    } catch {
      reply.error(error.errno)
    }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    if let volume = volume(of: node) {
      return volume.getattr(node, request: request, reply: reply)
    }
    count()
    let never = Attributes.Timestamp(seconds: 0)
    reply.attributes(
      Attributes(
        ino: node.rawValue, mode: 0o040555, nlink: UInt32(2 + volumes.count), uid: owner.uid,
        gid: owner.gid, rdev: Attributes.Device(major: 0, minor: 0), size: 0, blocks: 0,
        blockSize: 4096, atime: never, mtime: never, ctime: never))
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    guard let volume = volume(of: node) else { return reply.error(.invalidArgument) }
    volume.readlink(node, request: request, reply: reply)
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    guard let volume = volume(of: node) else { return reply.error(.isDirectory) }
    volume.read(
      node, offset: offset, size: size, handle: handle, request: request, reply: reply)
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    guard let volume = volume(of: node) else { return reply.error(.invalidArgument) }
    volume.lseek(node, offset: offset, to: target, handle: handle, request: request, reply: reply)
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
      let root = position < 2 ? nil : try? volumes[position - 2].entry(Volume.rootIno)
      guard
        reply.add(
          name: name.span, type: 4, ino: root?.node.rawValue ?? node.rawValue,
          entry: reply.isPlus ? root : nil, nextOffset: UInt64(position) + 1)
      else { break }
    }
    reply.finish()
  }

  private func volume(of node: NodeID) -> (any MountedVolume)? {
    InodeNumbering.volumeIndex(node).flatMap { volumes.indices.contains($0) ? volumes[$0] : nil }
  }

  private func count() { requests.wrappingAdd(1, ordering: .relaxed) }
}
