/// A read-only file system, as the kernel asks for it.
///
/// Every operation may be called on several threads at once. A file system implements what it
/// can do: an operation left out answers as its comment says, mostly `ENOSYS`, after which the
/// kernel copes without it. Names come as bytes without a NUL, never empty. Operations that change
/// something are not offered; the kernel answers them with `ENOSYS`, or with `EROFS` on a mount
/// with the option `ro`.
///
/// The corresponding C type is `struct fuse_lowlevel_ops`.
public protocol FileSystem: AnyObject, Sendable {
  /// Called once, before every other operation, to agree with the kernel on terms.
  ///
  /// No reply. Left out: libfuse's terms. C: `init`.
  func start(_ connection: inout Connection)

  /// Called once, after every other operation, when the session ends; only if it was started.
  ///
  /// No reply. C: `destroy`.
  func stop()

  /// Finds a name in a directory.
  ///
  /// Valid replies: ``EntryReply/entry(_:)``, ``EntryReply/negative(timeout:)``,
  /// ``EntryReply/error(_:)``. Left out: `ENOSYS`. C: `lookup`.
  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply)

  /// Takes a node's look-up count down by `count`; at zero the kernel knows the node no more.
  ///
  /// Not guaranteed for every node when the mount ends. No reply. C: `forget`.
  func forget(_ node: NodeID, count: UInt64)

  /// Forgets several nodes at once.
  ///
  /// No reply. Left out: ``forget(_:count:)`` for each. C: `forget_multi`.
  func forgetMany(_ nodes: [(node: NodeID, count: UInt64)])

  /// Returns a file's attributes.
  ///
  /// Valid replies: ``AttributesReply/attributes(_:timeout:)``, ``AttributesReply/error(_:)``. Left
  /// out: `ENOSYS`. C: `getattr`.
  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply)

  /// Reports where a symbolic link points.
  ///
  /// Valid replies: ``LinkReply/target(_:)``, ``LinkReply/error(_:)``. Left out: `ENOSYS`.
  /// C: `readlink`.
  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply)

  /// Opens a file, with the flags of `open(2)` except those that create.
  ///
  /// Valid replies: ``OpenReply/opened(_:handle:)``, ``OpenReply/error(_:)``. Left out: `ENOSYS`,
  /// and the kernel opens files without asking. C: `open`.
  func open(_ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply)

  /// Reads from a file. Fewer bytes than requested mean that the file ends there.
  ///
  /// `handle` is what the opening gave. Valid replies: ``DataReply/data(_:)``,
  /// ``DataReply/data(_:_:)``, ``DataReply/error(_:)``. Left out: `ENOSYS`. C: `read`.
  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply)

  /// Closes a file that ``open(_:flags:request:reply:)`` has opened.
  ///
  /// Valid replies: ``EmptyReply/success()``, ``EmptyReply/error(_:)``, which is not visible to the caller. Left
  /// out: success. C: `release`.
  func release(_ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply)

  /// Opens a directory.
  ///
  /// Valid replies: ``OpenReply/opened(_:handle:)``, ``OpenReply/error(_:)``. Left out: `ENOSYS`,
  /// and the kernel opens directories without asking, and caches them. C: `opendir`.
  func opendir(_ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply)

  /// Lists a directory from `offset`, which is 0 or an entry's `nextOffset`.
  ///
  /// Valid replies: entries (``DirectoryReply/add(name:type:ino:entry:nextOffset:)``) and then
  /// ``DirectoryReply/finish()``; ``DirectoryReply/error(_:)``. Left out: `ENOSYS`. C: `readdir`.
  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply)

  /// Lists a directory, with nodes: the reply's ``DirectoryReply/isPlus`` is set.
  ///
  /// Valid replies: those of ``readdir(_:offset:handle:request:reply:)``, which is called if this is
  /// left out. C: `readdirplus`.
  func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply)

  /// Closes a directory that ``opendir(_:flags:request:reply:)`` has opened.
  ///
  /// Valid replies: ``EmptyReply/success()``, ``EmptyReply/error(_:)``, which is not visible to the caller. Left
  /// out: success. C: `releasedir`.
  func releasedir(_ node: NodeID, handle: UInt64, request: Request, reply: consuming EmptyReply)

  /// Returns the file system's size and space.
  ///
  /// Valid replies: ``StatisticsReply/statistics(_:)``, ``StatisticsReply/error(_:)``. Left out:
  /// an empty file system with names of up to 255 bytes. C: `statfs`.
  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply)

  /// Returns an extended attribute's value.
  ///
  /// Valid replies: ``XattrReply/value(_:)``, ``XattrReply/value(count:_:)``,
  /// ``XattrReply/error(_:)``. Left out: `ENOSYS`. C: `getxattr`.
  func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply)

  /// Lists the names of the extended attributes, each followed by a NUL.
  ///
  /// Valid replies: those of ``getxattr(_:of:request:reply:)``. Left out: `ENOSYS`. C: `listxattr`.
  func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply)

  /// Checks the caller's permissions, as `access(2)` asks: `mode` is made of `R_OK`, `W_OK`, `X_OK`.
  ///
  /// Not called with the mount option `default_permissions`. Valid replies:
  /// ``EmptyReply/success()``, ``EmptyReply/error(_:)``. Left out: `ENOSYS`, and the kernel grants
  /// everything without asking. C: `access`.
  func access(_ node: NodeID, mode: Int32, request: Request, reply: consuming EmptyReply)

  /// Finds the next data or hole at or after `offset`.
  ///
  /// Valid replies: ``SeekReply/offset(_:)``, ``SeekReply/error(_:)``. Left out: `ENOSYS`. C: `lseek`.
  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply)
}

/// The targets of `lseek(2)` searches.
public enum SeekTarget: Sendable, Hashable {
  /// Bytes that are stored. C: `SEEK_DATA`.
  case data
  /// A hole, or the end of the file. C: `SEEK_HOLE`.
  case hole
}
