internal import CFUSE

/// The userdata of a libfuse session: the file system and the memory for its answers.
final class Dispatcher: Sendable {
  let fileSystem: any FileSystem
  let pool = BufferPool()
  /// The value of the session's option `max_read`; libfuse refuses a connection that does not agree.
  let maxRead: UInt32

  init(_ fileSystem: any FileSystem, maxRead: UInt32) {
    self.fileSystem = fileSystem
    self.maxRead = maxRead
  }
}

/// One call of libfuse's: who asks, and whom.
struct Call {
  let dispatcher: Dispatcher
  let request: Request

  /// Describes a request that libfuse has just passed and that is unanswered.
  init(_ handle: OpaquePointer) {
    // Sound: the userdata is the session's dispatcher, retained until the session is destroyed,
    // and libfuse fills the context in for every request.
    unsafe dispatcher = Dispatcher.serving(handle)
    let context = unsafe fuse_req_ctx(handle)
    request = unsafe Request(
      pid: context?.pointee.pid ?? 0, uid: context?.pointee.uid ?? 0,
      gid: context?.pointee.gid ?? 0, umask: context?.pointee.umask ?? 0)
  }

  var fileSystem: any FileSystem { dispatcher.fileSystem }
  var pool: BufferPool { dispatcher.pool }
}

extension Dispatcher {
  /// The dispatcher of the session that a request came through.
  static func serving(_ request: OpaquePointer) -> Dispatcher {
    // Sound: every session with callbacks has a dispatcher as its userdata.
    unsafe Unmanaged<Dispatcher>.fromOpaque(fuse_req_userdata(request)).takeUnretainedValue()
  }
}
