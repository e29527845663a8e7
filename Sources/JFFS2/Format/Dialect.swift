/// The order of the bytes in every number of a file system. Nothing on the medium says it.
package enum Endianness: Sendable, CaseIterable {
  case little, big

  /// The order that `little` or `big` names; nil for any other name.
  package init?(named name: String) {
    switch name {
    case "little": self = .little
    case "big": self = .big
    default: return nil
    }
  }
}

/// How the numbers of one file system are written: its byte order and its magic number.
package struct Dialect: Hashable, Sendable {
  /// The order of bytes of the machine that wrote the flash.
  package let endianness: Endianness

  /// The first two bytes of each node, read in ``endianness``. On disk: `magic`.
  package let magic: UInt16

  /// The magic number of every JFFS2 that the Linux driver reads.
  package static let currentMagic: UInt16 = 0x1985

  /// The magic number of the format before its release. The driver takes such nodes for dirt.
  package static let legacyMagic: UInt16 = 0x1984

  package init(_ endianness: Endianness, magic: UInt16 = Self.currentMagic) {
    self.endianness = endianness
    self.magic = magic
  }

  /// All that a file system may be written in, the most usual first.
  package static let all = [currentMagic, legacyMagic].flatMap { magic in
    Endianness.allCases.map { Dialect($0, magic: magic) }
  }
}

extension Span<UInt8> {
  /// The 16-bit number at `offset`. Traps outside of the span.
  package func u16(at offset: Int, _ endianness: Endianness) -> UInt16 {
    let value = UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    return endianness == .little ? value : value.byteSwapped
  }

  /// The 32-bit number at `offset`. Traps outside of the span.
  package func u32(at offset: Int, _ endianness: Endianness) -> UInt32 {
    let value =
      UInt32(self[offset]) | UInt32(self[offset + 1]) << 8
      | UInt32(self[offset + 2]) << 16 | UInt32(self[offset + 3]) << 24
    return endianness == .little ? value : value.byteSwapped
  }
}

/// `length` rounded up to where the next node may start.
///
/// - Precondition: `length` is at most `UInt32.max - 3`; lengths are compared with the volume's first.
func padded(_ length: UInt32) -> UInt32 { (length + 3) & ~3 }
