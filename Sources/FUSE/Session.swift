internal import CFUSE
internal import Glibc
public import SystemPackage

/// A file system's connection to the kernel, before it is mounted.
///
/// ``mount(at:)`` makes a ``MountedSession`` of it. Signals are the program's own affair.
///
/// The corresponding C type is `struct fuse_session`.
public struct Session: ~Copyable, Sendable {
  private let handle: SessionHandle

  /// Makes a session that is not mounted yet.
  ///
  /// Throws `.badOption` for options that libfuse does not know. The corresponding C function is
  /// `fuse_session_new`.
  public init(
    _ fileSystem: any FileSystem, options: SessionOptions = SessionOptions()
  ) throws(FUSEError) {
    handle = try SessionHandle(Dispatcher(fileSystem, maxRead: options.maxRead), options)
  }

  /// Mounts at a directory, or takes over the descriptor `N` of a mount that another program has made,
  /// given as `/dev/fd/N`.
  ///
  /// The kernel's requests then wait for ``MountedSession/serve(threads:cloneDescriptor:)``. Throws
  /// `.noDevice` or `.mountFailed`. The corresponding C function is `fuse_session_mount`.
  public consuming func mount(at mountpoint: FilePath) throws(FUSEError) -> MountedSession {
    try unsafe Self.mount(handle.session, at: mountpoint)
    return MountedSession(handle: handle)
  }
}

/// libfuse's session and the file system that it serves, for one thread at a time.
///
/// When the value ends, ``FileSystem/stop()`` is called if the kernel had started the file system,
/// what was mounted is unmounted (lazily, as libfuse does; a descriptor that came as `/dev/fd/N` is
/// only closed), and the descriptor is closed. Every reply must have been answered by then.
// Sound: libfuse's session may be used on any one thread at a time, and this value has one owner.
@safe struct SessionHandle: ~Copyable, @unchecked Sendable {
  let session: OpaquePointer
  private let userdata: Unmanaged<Dispatcher>

  init(_ dispatcher: Dispatcher, _ options: SessionOptions) throws(FUSEError) {
    // Balanced by `deinit`, or below if there will be none.
    let userdata = unsafe Unmanaged.passRetained(dispatcher)
    do throws(FUSEError) {
      let session = try unsafe Session.makeSession(
        options, callbacks: callbacks, userdata: userdata.toOpaque())
      unsafe self.session = session
      unsafe self.userdata = userdata
    } catch {
      unsafe userdata.release()
      throw error
    }
  }

  deinit {
    // In this order: no callback may reach a dispatcher that is gone.
    unsafe fuse_session_unmount(session)
    unsafe fuse_session_destroy(session)
    unsafe userdata.release()
  }
}
