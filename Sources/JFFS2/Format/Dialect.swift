/// The order of the bytes in every number of a file system. Nothing on the medium says it.
public enum Endianness: Sendable, CaseIterable {
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

/// The byte order and the magic number of a file system.
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
  /// The 16-bit number at `offset`. Traps outside the span.
  @inline(__always)
  package func u16(at offset: Int, _ endianness: Endianness) -> UInt16 {
    // Safe: the offset is checked, and every pattern of bits is a number.
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return endianness == .little ? UInt16(littleEndian: value) : UInt16(bigEndian: value)
  }

  /// The 32-bit number at `offset`. Traps outside the span.
  @inline(__always)
  package func u32(at offset: Int, _ endianness: Endianness) -> UInt32 {
    // Safe: as in ``u16(at:_:)``.
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return endianness == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
  }
}

extension MutableSpan<UInt8> {
  /// Writes a 16-bit number at `offset`. Traps outside the span.
  @inline(__always)
  @_lifetime(self: copy self)
  package mutating func set(_ value: UInt16, at offset: Int, _ endianness: Endianness) {
    let little = endianness == .little ? value : value.byteSwapped
    self[offset] = UInt8(truncatingIfNeeded: little)
    self[offset + 1] = UInt8(truncatingIfNeeded: little >> 8)
  }

  /// Writes a 32-bit number at `offset`. Traps outside the span.
  @inline(__always)
  @_lifetime(self: copy self)
  package mutating func set(_ value: UInt32, at offset: Int, _ endianness: Endianness) {
    let little = endianness == .little ? value : value.byteSwapped
    for index in 0..<4 {
      self[offset + index] = UInt8(truncatingIfNeeded: little >> (8 * UInt32(index)))
    }
  }
}

/// `length` rounded up to where the next node may start.
///
/// - Precondition: `length` is at most `UInt32.max - 3`; lengths are compared with the volume's first.
func padded(_ length: UInt32) -> UInt32 { (length + 3) & ~3 }
