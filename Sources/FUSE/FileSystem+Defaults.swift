internal import SystemPackage

/// The replies of operations that a file system does not implement.
extension FileSystem {
  package func start(_ connection: inout Connection) {}

  package func stop() {}

  package func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    reply.error(.noFunction)
  }

  package func forget(_ node: NodeID, count: UInt64) {}

  package func forgetMany(_ nodes: [(node: NodeID, count: UInt64)]) {
    for (node, count) in nodes { forget(node, count: count) }
  }

  package func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    reply.error(.noFunction)
  }

  package func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    reply.error(.noFunction)
  }

  package func open(
    _ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply
  ) {
    reply.error(.noFunction)
  }

  package func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    reply.error(.noFunction)
  }

  package func release(
    _ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply
  ) {
    reply.success()
  }

  package func opendir(
    _ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply
  ) {
    reply.error(.noFunction)
  }

  package func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    reply.error(.noFunction)
  }

  package func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    readdir(node, offset: offset, handle: handle, request: request, reply: reply)
  }

  package func releasedir(
    _ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply
  ) {
    reply.success()
  }

  package func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    reply.statistics(Statistics())
  }

  package func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    reply.error(.noFunction)
  }

  package func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    reply.error(.noFunction)
  }

  package func access(
    _ node: NodeID, mode: Int32, request: Request, reply: consuming EmptyReply
  ) {
    reply.error(.noFunction)
  }

  package func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    reply.error(.noFunction)
  }
}
