internal import CFUSE
internal import Glibc
internal import SystemPackage

// Translates libfuse's calls into those of `FileSystem`, and nothing else. The only file that sees
// a `fuse_req_t` before it is owned. Sound throughout: libfuse passes no null pointer but `file`,
// and names, lists and `file` live until the callback returns, which is longer than the call.

/// The callbacks of every session. Operations that change something stay null: `ENOSYS`.
let callbacks: fuse_lowlevel_ops = {
  var callbacks = fuse_lowlevel_ops()
  addSessionCallbacks(to: &callbacks)
  addNameCallbacks(to: &callbacks)
  addFileCallbacks(to: &callbacks)
  addDirectoryCallbacks(to: &callbacks)
  addAttributeCallbacks(to: &callbacks)
  return callbacks
}()

private func addSessionCallbacks(to callbacks: inout fuse_lowlevel_ops) {
  unsafe callbacks.`init` = { userdata, connection in
    guard let userdata = unsafe userdata, let connection = unsafe connection else { return }
    let dispatcher = unsafe Unmanaged<Dispatcher>.fromOpaque(userdata).takeUnretainedValue()
    var terms = unsafe Connection(connection.pointee)
    terms.maxRead = dispatcher.maxRead
    dispatcher.fileSystem.start(&terms)
    unsafe terms.apply(to: &connection.pointee)
  }
  unsafe callbacks.destroy = { userdata in
    guard let userdata = unsafe userdata else { return }
    unsafe Unmanaged<Dispatcher>.fromOpaque(userdata).takeUnretainedValue().fileSystem.stop()
  }
}

private func addNameCallbacks(to callbacks: inout fuse_lowlevel_ops) {
  unsafe callbacks.lookup = { handle, parent, name in
    guard let handle = unsafe handle, let name = unsafe name else { return }
    let call = unsafe Call(handle)
    let bytes = unsafe Span(_unsafeElements: bytes(of: name))
    call.fileSystem.lookup(
      bytes, in: NodeID(rawValue: parent), request: call.request,
      reply: unsafe EntryReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.forget = { handle, node, count in
    guard let handle = unsafe handle else { return }
    let dispatcher = unsafe Dispatcher.serving(handle)
    dispatcher.fileSystem.forget(NodeID(rawValue: node), count: count)
    unsafe fuse_reply_none(handle)
  }
  unsafe callbacks.forget_multi = { handle, count, list in
    guard let handle = unsafe handle else { return }
    let dispatcher = unsafe Dispatcher.serving(handle)
    let nodes = unsafe UnsafeBufferPointer(start: list, count: count).map {
      (node: NodeID(rawValue: $0.ino), count: $0.nlookup)
    }
    dispatcher.fileSystem.forgetMany(nodes)
    unsafe fuse_reply_none(handle)
  }
  unsafe callbacks.readlink = { handle, node in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.readlink(
      NodeID(rawValue: node), request: call.request,
      reply: unsafe LinkReply(pending: PendingRequest(handle)))
  }
}

private func addFileCallbacks(to callbacks: inout fuse_lowlevel_ops) {
  unsafe callbacks.open = { handle, node, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.open(
      NodeID(rawValue: node), flags: unsafe file?.pointee.flags ?? 0, request: call.request,
      reply: unsafe OpenReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.read = { handle, node, size, offset, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.read(
      NodeID(rawValue: node), offset: UInt64(truncatingIfNeeded: offset), size: size,
      handle: unsafe file?.pointee.fh ?? 0, request: call.request,
      reply: unsafe DataReply(pending: PendingRequest(handle), pool: call.pool, size: size))
  }
  unsafe callbacks.release = { handle, node, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.release(
      NodeID(rawValue: node), handle: unsafe file?.pointee.fh ?? 0, request: call.request,
      reply: unsafe EmptyReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.lseek = { handle, node, offset, whence, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    let reply = unsafe SeekReply(pending: PendingRequest(handle))
    // The kernel settles every other search itself.
    guard whence == CFUSE_SEEK_DATA || whence == CFUSE_SEEK_HOLE else {
      return reply.error(.invalidArgument)
    }
    call.fileSystem.lseek(
      NodeID(rawValue: node), offset: UInt64(truncatingIfNeeded: offset),
      to: whence == CFUSE_SEEK_DATA ? .data : .hole, handle: unsafe file?.pointee.fh ?? 0,
      request: call.request, reply: reply)
  }
}

private func addDirectoryCallbacks(to callbacks: inout fuse_lowlevel_ops) {
  unsafe callbacks.opendir = { handle, node, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.opendir(
      NodeID(rawValue: node), flags: unsafe file?.pointee.flags ?? 0, request: call.request,
      reply: unsafe OpenReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.readdir = { handle, node, size, offset, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.readdir(
      NodeID(rawValue: node), offset: UInt64(bitPattern: Int64(offset)),
      handle: unsafe file?.pointee.fh ?? 0, request: call.request,
      reply: unsafe DirectoryReply(
        pending: PendingRequest(handle), pool: call.pool, size: size, isPlus: false))
  }
  unsafe callbacks.readdirplus = { handle, node, size, offset, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.readdirplus(
      NodeID(rawValue: node), offset: UInt64(bitPattern: Int64(offset)),
      handle: unsafe file?.pointee.fh ?? 0, request: call.request,
      reply: unsafe DirectoryReply(
        pending: PendingRequest(handle), pool: call.pool, size: size, isPlus: true))
  }
  unsafe callbacks.releasedir = { handle, node, file in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.releasedir(
      NodeID(rawValue: node), handle: unsafe file?.pointee.fh ?? 0, request: call.request,
      reply: unsafe EmptyReply(pending: PendingRequest(handle)))
  }
}

private func addAttributeCallbacks(to callbacks: inout fuse_lowlevel_ops) {
  unsafe callbacks.getattr = { handle, node, _ in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.getattr(
      NodeID(rawValue: node), request: call.request,
      reply: unsafe AttributesReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.statfs = { handle, node in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.statfs(
      NodeID(rawValue: node), request: call.request,
      reply: unsafe StatisticsReply(pending: PendingRequest(handle)))
  }
  unsafe callbacks.getxattr = { handle, node, name, size in
    guard let handle = unsafe handle, let name = unsafe name else { return }
    let call = unsafe Call(handle)
    let bytes = unsafe Span(_unsafeElements: bytes(of: name))
    call.fileSystem.getxattr(
      bytes, of: NodeID(rawValue: node), request: call.request,
      reply: unsafe XattrReply(pending: PendingRequest(handle), pool: call.pool, size: size))
  }
  unsafe callbacks.listxattr = { handle, node, size in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.listxattr(
      NodeID(rawValue: node), request: call.request,
      reply: unsafe XattrReply(pending: PendingRequest(handle), pool: call.pool, size: size))
  }
  unsafe callbacks.access = { handle, node, mode in
    guard let handle = unsafe handle else { return }
    let call = unsafe Call(handle)
    call.fileSystem.access(
      NodeID(rawValue: node), mode: mode, request: call.request,
      reply: unsafe EmptyReply(pending: PendingRequest(handle)))
  }
}

/// A C string's bytes, without the NUL.
private func bytes(of name: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
  // Sound: the string is alive, and a byte may be read as either type.
  let start = unsafe UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
  return unsafe UnsafeBufferPointer(start: start, count: strlen(name))
}
