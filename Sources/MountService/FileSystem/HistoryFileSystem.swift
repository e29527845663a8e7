internal import FUSE
internal import JFFS2
internal import SystemPackage

/// A volume of the mount, with or without its history.
protocol MountedVolume: RequestCounting {
  var volume: Volume { get }
  var enforcesAccessLists: Bool { get }
  /// Whether any inode has an extended attribute.
  var hasXattrs: Bool { get }

  /// The root as the answer to a look-up; an error is logged.
  func rootEntry() throws(JFFS2Error) -> Entry
}

extension VolumeFileSystem: MountedVolume {
  var hasXattrs: Bool { volume.hasXattrs }
}

/// A volume and its history, which is a directory of the root that a listing does not show.
final class HistoryFileSystem: MountedVolume {
  private let current: VolumeFileSystem
  private let past: VolumeFileSystem
  /// The directory's name: `.history`, or another one if the image has that.
  let name: [UInt8]

  /// - Parameters:
  ///   - current: The volume, its inodes numbered without ``InodeNumberMapping/history``.
  ///   - past: The tree of its history, numbered with it.
  init(_ current: VolumeFileSystem, past: VolumeFileSystem, name: [UInt8]) {
    self.current = current
    self.past = past
    self.name = name
  }

  /// The name for the history of a volume that the volume's root does not have.
  static func name(in volume: Volume) -> [UInt8] {
    let usual = Array(".history".utf8)
    let isFree = (try? volume.lookup(usual.span, in: Volume.rootIno)) == .some(nil)
    return isFree ? usual : Array(".jffs2-history".utf8)
  }

  var volume: Volume { current.volume }
  var enforcesAccessLists: Bool { current.enforcesAccessLists }
  var hasXattrs: Bool { true }
  var requestCount: UInt64 { current.requestCount + past.requestCount }

  func rootEntry() throws(JFFS2Error) -> Entry { try current.rootEntry() }

  func start(_ connection: inout Connection) { current.start(&connection) }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    let isHistory =
      parent == current.numbering.node(Volume.rootIno) && name.count == self.name.count
      && name.indices.allSatisfy { name[$0] == self.name[$0] }
    guard isHistory else {
      return owner(of: parent).lookup(name, in: parent, request: request, reply: reply)
    }
    do throws(JFFS2Error) {
      _ = reply.entry(try past.rootEntry())
    } catch {
      reply.error(error.errno)
    }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    owner(of: node).getattr(node, request: request, reply: reply)
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    owner(of: node).readlink(node, request: request, reply: reply)
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    owner(of: node).read(
      node, offset: offset, size: size, handle: handle, request: request, reply: reply)
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    owner(of: node).lseek(
      node, offset: offset, to: target, handle: handle, request: request, reply: reply)
  }

  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    current.statfs(node, request: request, reply: reply)
  }

  func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    let owner = owner(of: node)
    // "No such call" would be mistaken for the answer of the history too.
    guard owner.hasXattrs else { return owner.withoutXattr(reply) }
    owner.getxattr(name, of: node, request: request, reply: reply)
  }

  func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    owner(of: node).listxattr(node, request: request, reply: reply)
  }

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    owner(of: node).readdir(node, offset: offset, handle: handle, request: request, reply: reply)
  }

  func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    owner(of: node).readdirplus(
      node, offset: offset, handle: handle, request: request, reply: reply)
  }

  private func owner(of node: NodeID) -> VolumeFileSystem {
    InodeNumberMapping.isHistory(node) ? past : current
  }
}
