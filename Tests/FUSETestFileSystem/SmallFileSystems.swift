import FUSE
import Glibc
import SystemPackage

/// A file, a link and a directory that can be looked up, and a name that cannot. The kernel asks for attributes each time.
private enum Sample {
  static func entry(_ name: Span<UInt8>) -> Entry? {
    let name = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
    let node = ["file": 2, "link": 3, "directory": 4][name].map { NodeID(rawValue: $0) }
    return node.map { Entry(node: $0, attributes: attributes(of: $0), attributeTimeout: 0) }
  }

  static func attributes(of node: NodeID) -> Attributes {
    let mode: UInt32 =
      switch node.rawValue {
      case 2: 0o100644
      case 3: 0o120777
      default: 0o040755
      }
    return Attributes(ino: node.rawValue, mode: mode, size: 1000)
  }
}

/// Implements only look-up and attributes.
final class BareFileSystem: FileSystem {
  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    if let entry = Sample.entry(name) { reply.entry(entry) } else { reply.negative() }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    reply.attributes(Sample.attributes(of: node), timeout: 0)
  }
}

/// Leaves out even those two.
final class EmptyFileSystem: FileSystem {}

/// Finds names and refuses every other operation, each with a separate error.
final class RefusingFileSystem: FileSystem {
  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    if let entry = Sample.entry(name) { reply.entry(entry) } else { reply.error(.permissionDenied) }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    guard node == .root else { return reply.error(.staleNFSFileHandle) }
    reply.attributes(Sample.attributes(of: node))
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    reply.error(.invalidArgument)
  }

  func open(_ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply) {
    if flags & O_SYNC != 0 { reply.opened(.directIO) } else { reply.error(.resourceBusy) }
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    reply.error(.noMemory)
  }

  func opendir(_ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply) {
    if node == .root { reply.opened(.cacheDirectory) } else { reply.error(.tooManyOpenFiles) }
  }

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    reply.error(.badMessage)
  }

  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    reply.error(.notPermitted)
  }
}
