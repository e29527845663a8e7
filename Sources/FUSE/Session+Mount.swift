internal import CFUSE
internal import Glibc
package import SystemPackage

extension Session {
  /// Mounts at a directory, or takes over the descriptor `N` of a mount that another user has made,
  /// given as `/dev/fd/N`.
  ///
  /// The kernel's requests then wait for ``serve(threads:cloneDescriptor:)``. Throws `.noDevice` or
  /// `.mountFailed`; must not be called twice. The corresponding C function is `fuse_session_mount`.
  package mutating func mount(at mountpoint: FilePath) throws(FUSEError) {
    try unsafe Self.mount(session, at: mountpoint)
  }

  /// Mounts at a directory and returns the open `/dev/fuse`, which is the caller's to close.
  ///
  /// For a process that mounts and hands the descriptor to another one, which serves it as
  /// `/dev/fd/N`. Nothing else of the session is kept: closing the last copy of the descriptor ends
  /// the file system, but not the mount, which answers `ENOTCONN` until someone unmounts it. The
  /// descriptor is closed on exec. Throws as `init` and `mount` do.
  package static func mount(
    at mountpoint: FilePath, options: SessionOptions = SessionOptions()
  ) throws(FUSEError) -> Int32 {
    let session = try unsafe makeSession(options, callbacks: fuse_lowlevel_ops(), userdata: nil)
    // libfuse closes its descriptor here, and leaves the mount alone.
    defer { unsafe fuse_session_destroy(session) }
    try unsafe mount(session, at: mountpoint)
    let copy = unsafe fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else {
      let reason = String(describing: Errno(rawValue: errno))
      unsafe fuse_session_unmount(session)
      throw FUSEError(code: .mountFailed, message: reason)
    }
    return copy
  }

  private static func mount(
    _ session: OpaquePointer, at mountpoint: FilePath
  ) throws(FUSEError) {
    do throws(FUSEError) {
      try Log.shared.capturing(.mountFailed) {
        unsafe mountpoint.withPlatformString { unsafe fuse_session_mount(session, $0) } == 0
          ? () : nil
      }
    } catch {
      // libfuse returns the same -1 for both failures.
      guard unsafe access("/dev/fuse", R_OK | W_OK) == 0 else {
        throw FUSEError(code: .noDevice, message: error.message)
      }
      throw error
    }
  }
}
