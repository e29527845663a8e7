/// The number by which a file system knows a file, a directory or anything else that names lead to.
public typealias InodeNumber = UInt32

extension InodeNumber {
  /// The number of every root directory.
  static let root: InodeNumber = 1
}

/// The attributes of an inode that stat(2) returns.
public struct InodeAttributes: Equatable, Sendable {
  /// The inode number.
  public let ino: InodeNumber
  /// File type and permissions, 16 bits.
  public let mode: UInt16
  /// The number of names that lead to the inode, as the driver counts them.
  public let linkCount: UInt32
  /// The user who owns the inode.
  public let uid: UInt16
  /// The group that owns the inode.
  public let gid: UInt16
  /// In bytes.
  public let size: UInt64
  /// Seconds since 1970.
  public let accessTime: UInt32
  /// Seconds since 1970.
  public let modificationTime: UInt32
  /// Seconds since 1970.
  public let changeTime: UInt32
  /// The device's numbers; nil for anything but a device.
  public let device: DeviceNumber?

  /// Attributes with these values.
  public init(
    ino: InodeNumber, mode: UInt16, linkCount: UInt32, uid: UInt16, gid: UInt16, size: UInt64,
    accessTime: UInt32, modificationTime: UInt32, changeTime: UInt32, device: DeviceNumber?
  ) {
    self.ino = ino
    self.mode = mode
    self.linkCount = linkCount
    self.uid = uid
    self.gid = gid
    self.size = size
    self.accessTime = accessTime
    self.modificationTime = modificationTime
    self.changeTime = changeTime
    self.device = device
  }

  /// The number of 512-byte units that stat(2) returns. The driver computes it from the size, regardless of the stored data.
  public var blockCount: UInt64 { (size + 511) / 512 }

  /// Whether the inode is a directory.
  public var isDirectory: Bool { FileType(mode: mode) == .directory }
}

/// The number of a device, as the driver reads it from a node's payload.
public struct DeviceNumber: Equatable, Sendable {
  /// The number of the driver.
  public let major: UInt32
  /// The number of the device within the driver.
  public let minor: UInt32

  package init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// - Parameter payload: Two bytes, or four for numbers that need more than eight bits.
  /// - Returns: nil for any other length.
  init?(_ payload: Span<UInt8>, _ endianness: Endianness) {
    switch payload.count {
    case 2:
      let value = payload.u16(at: 0, endianness)
      (major, minor) = (UInt32(value >> 8), UInt32(value & 0xFF))
    case 4:
      let value = payload.u32(at: 0, endianness)
      (major, minor) = ((value >> 8) & 0xFFF, (value & 0xFF) | ((value >> 12) & 0xFFF00))
    default:
      return nil
    }
  }
}

/// The kind of a file, by the upper four bits of its mode.
public enum FileType: UInt16, Sendable {
  case fifo = 0x1000
  case characterDevice = 0x2000
  case directory = 0x4000
  case blockDevice = 0x6000
  case regular = 0x8000
  case symbolicLink = 0xA000
  case socket = 0xC000

  /// - Returns: nil for a mode of no known type, which the driver serves as it is.
  public init?(mode: UInt16) { self.init(rawValue: mode & 0xF000) }
}
