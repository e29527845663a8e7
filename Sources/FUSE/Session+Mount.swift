internal import CFUSE
internal import Glibc
public import SystemPackage

extension Session {
  /// Mounts at a directory and returns the open `/dev/fuse`, which is the caller's to close.
  ///
  /// For a process that mounts and hands the descriptor to another one, which serves it as
  /// `/dev/fd/N`. Nothing else of the session is kept: closing the last copy of the descriptor ends
  /// the file system, but not the mount, which answers `ENOTCONN` until someone unmounts it. The
  /// descriptor is closed on exec. Throws as `init` and ``mount(at:)`` do.
  public static func mount(
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

  static func mount(
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
