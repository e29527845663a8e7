internal import CFUSE
internal import Glibc

/// A file system's connection to the kernel, from its mount to its end.
///
/// When the value ends, ``FileSystem/stop()`` is called if the kernel had started the file system,
/// what ``mount(at:)`` has mounted is unmounted (lazily, as libfuse does; a descriptor that came as
/// `/dev/fd/N` is only closed), and the descriptor is closed. Every reply must have been answered by
/// then. Signals are the program's own affair.
///
/// The corresponding C type is `struct fuse_session`.
// Sound: libfuse's session may be used on any one thread at a time.
@safe package struct Session: ~Copyable, @unchecked Sendable {
  let session: OpaquePointer
  private let userdata: Unmanaged<Dispatcher>

  /// Makes a session that is not mounted yet.
  ///
  /// Throws `.badOption` for options that libfuse does not know. The corresponding C function is
  /// `fuse_session_new`.
  package init(
    _ fileSystem: any FileSystem, options: SessionOptions = SessionOptions()
  ) throws(FUSEError) {
    // Balanced by `deinit`, or below if there will be none.
    let userdata = unsafe Unmanaged.passRetained(
      Dispatcher(fileSystem, maxRead: options.maxRead))
    do throws(FUSEError) {
      let session = try unsafe Self.makeSession(
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

  /// libfuse's session, which the caller must destroy.
  static func makeSession(
    _ options: SessionOptions, callbacks: fuse_lowlevel_ops, userdata: UnsafeMutableRawPointer?
  ) throws(FUSEError) -> OpaquePointer {
    var callbacks = callbacks
    return try unsafe Log.shared.capturing(.badOption) {
      // Sound: libfuse copies the callbacks and takes what it wants from the arguments.
      unsafe options.withArguments { arguments in
        unsafe cfuse_session_new(
          arguments, &callbacks, MemoryLayout<fuse_lowlevel_ops>.size, userdata)
      }
    }
  }
}
