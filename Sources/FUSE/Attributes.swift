internal import CFUSE
internal import Glibc

/// The `stat` attributes of a file.
///
/// The corresponding C type is `struct stat`.
public struct Attributes: Sendable, Hashable {
  /// A point in time, as seconds since 1970 and what is left in nanoseconds.
  ///
  /// The corresponding C type is `struct timespec`.
  public struct Timestamp: Sendable, Hashable {
    /// Seconds since 1970, negative before.
    public var seconds: Int64
    /// From 0 to 999,999,999. The kernel rounds to the connection's time granularity.
    public var nanoseconds: UInt32

    /// A point in time, of whole seconds if nothing else is said.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
      self.seconds = seconds
      self.nanoseconds = nanoseconds
    }
  }

  /// A device's number.
  ///
  /// FUSE transmits 32 bits of it: majors up to 4095 and minors up to 1,048,575.
  ///
  /// The corresponding C type is `dev_t`.
  public struct Device: Sendable, Hashable {
    /// The driver's number.
    public var major: UInt32
    /// The device's number within the driver.
    public var minor: UInt32

    /// A device's number from its two parts.
    public init(major: UInt32, minor: UInt32) {
      self.major = major
      self.minor = minor
    }
  }

  /// The inode number shown to users, which need not be the ``NodeID``. C: `st_ino`.
  public var ino: UInt64
  /// Type and permissions. C: `st_mode`.
  public var mode: UInt32
  /// The number of hard links. C: `st_nlink`.
  public var nlink: UInt32
  /// The owner. C: `st_uid`.
  public var uid: UInt32
  /// The owning group. C: `st_gid`.
  public var gid: UInt32
  /// The device of a device file. C: `st_rdev`.
  public var rdev: Device
  /// The length in bytes. C: `st_size`.
  public var size: UInt64
  /// The space used, in units of 512 bytes regardless of what ``blockSize`` says. C: `st_blocks`.
  public var blocks: UInt64
  /// The preferred size of a read, in bytes; 0 leaves the choice to the kernel. C: `st_blksize`.
  public var blockSize: UInt32
  /// The last access. C: `st_atim`.
  public var atime: Timestamp
  /// The last change of the contents. C: `st_mtim`.
  public var mtime: Timestamp
  /// The last change of the attributes. C: `st_ctim`.
  public var ctime: Timestamp

  /// Attributes of a file; what is not said is zero, with one link.
  public init(
    ino: UInt64, mode: UInt32, nlink: UInt32 = 1, uid: UInt32 = 0, gid: UInt32 = 0,
    rdev: Device = Device(major: 0, minor: 0), size: UInt64 = 0, blocks: UInt64 = 0,
    blockSize: UInt32 = 0, atime: Timestamp = Timestamp(seconds: 0),
    mtime: Timestamp = Timestamp(seconds: 0), ctime: Timestamp = Timestamp(seconds: 0)
  ) {
    self.ino = ino
    self.mode = mode
    self.nlink = nlink
    self.uid = uid
    self.gid = gid
    self.rdev = rdev
    self.size = size
    self.blocks = blocks
    self.blockSize = blockSize
    self.atime = atime
    self.mtime = mtime
    self.ctime = ctime
  }
}

extension Attributes {
  /// The same for libfuse. Numbers that `struct stat` cannot hold are cut to their low bits.
  var status: stat {
    var status = stat()
    status.st_ino = .init(ino)
    status.st_mode = mode
    status.st_nlink = .init(nlink)
    status.st_uid = uid
    status.st_gid = gid
    status.st_rdev = cfuse_makedev(rdev.major, rdev.minor)
    status.st_size = .init(truncatingIfNeeded: size)
    status.st_blocks = .init(truncatingIfNeeded: blocks)
    status.st_blksize = .init(truncatingIfNeeded: blockSize)
    status.st_atim = atime.time
    status.st_mtim = mtime.time
    status.st_ctim = ctime.time
    return status
  }
}

extension Attributes.Timestamp {
  var time: timespec {
    timespec(tv_sec: .init(truncatingIfNeeded: seconds), tv_nsec: .init(nanoseconds))
  }
}
