/// The stat(2) attributes of an inode.
package struct InodeAttributes: Equatable, Sendable {
  package let ino: UInt32
  /// File type and permissions, 16 bits.
  package let mode: UInt16
  package let linkCount: UInt32
  package let uid: UInt16
  package let gid: UInt16
  /// In bytes.
  package let size: UInt64
  /// Seconds since 1970.
  package let accessTime: UInt32
  /// Seconds since 1970.
  package let modificationTime: UInt32
  /// Seconds since 1970.
  package let changeTime: UInt32
  /// The device's numbers; nil for anything but a device.
  package let device: DeviceNumber?

  package init(
    ino: UInt32, mode: UInt16, linkCount: UInt32, uid: UInt16, gid: UInt16, size: UInt64,
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

  /// The units of 512 bytes reported by stat. The driver computes them from the size, regardless of the stored data.
  package var blockCount: UInt64 { (size + 511) / 512 }

  package var isDirectory: Bool { FileType(mode: mode) == .directory }
}

/// The number of a device, as the driver reads it from a node's payload.
package struct DeviceNumber: Equatable, Sendable {
  package let major: UInt32
  package let minor: UInt32

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
package enum FileType: UInt16, Sendable {
  case fifo = 0x1000
  case characterDevice = 0x2000
  case directory = 0x4000
  case blockDevice = 0x6000
  case regular = 0x8000
  case symbolicLink = 0xA000
  case socket = 0xC000

  /// - Returns: nil for a mode of no known type, which the driver serves as it is.
  package init?(mode: UInt16) { self.init(rawValue: mode & 0xF000) }
}
