internal import SystemPackage

/// The replies of operations that a file system does not implement.
extension FileSystem {
  /// Does nothing.
  public func start(_ connection: inout Connection) {}

  /// Does nothing.
  public func stop() {}

  /// Answers `ENOSYS`.
  public func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    reply.error(.noFunction)
  }

  /// Does nothing.
  public func forget(_ node: NodeID, count: UInt64) {}

  /// Forgets each of the nodes.
  public func forgetMany(_ nodes: [(node: NodeID, count: UInt64)]) {
    for (node, count) in nodes { forget(node, count: count) }
  }

  /// Answers `ENOSYS`.
  public func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func open(
    _ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply
  ) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    reply.error(.noFunction)
  }

  /// Answers with success.
  public func release(
    _ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply
  ) {
    reply.success()
  }

  /// Answers `ENOSYS`.
  public func opendir(
    _ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply
  ) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    reply.error(.noFunction)
  }

  /// Lists the directory by ``readdir(_:offset:handle:request:reply:)``.
  public func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    readdir(node, offset: offset, handle: handle, request: request, reply: reply)
  }

  /// Answers with success.
  public func releasedir(
    _ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply
  ) {
    reply.success()
  }

  /// Answers with the totals of an empty file system.
  public func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    reply.statistics(Statistics())
  }

  /// Answers `ENOSYS`.
  public func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func access(
    _ node: NodeID, mode: Int32, request: Request, reply: consuming EmptyReply
  ) {
    reply.error(.noFunction)
  }

  /// Answers `ENOSYS`.
  public func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    reply.error(.noFunction)
  }
}
