/// The compression of a node's payload. On disk: `compr`.
///
/// Any byte is a value; only the named ones can be decompressed.
package struct Compression: RawRepresentable, Hashable, Sendable {
  /// The number of the compressor. On disk: `compr`.
  package let rawValue: UInt8

  /// Makes a value of any number, known or not.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The bytes themselves.
  package static let none = Compression(rawValue: 0)
  /// Zero bytes only; the payload is empty.
  package static let zero = Compression(rawValue: 1)
  /// JFFS2's own run-length code.
  package static let rtime = Compression(rawValue: 2)
  /// Rubin coding; with fixed weights in Linux 2.4 and U-Boot, with the weights in the payload since.
  package static let rubinMIPS = Compression(rawValue: 3)
  /// The bytes themselves, under a number that no known tool writes.
  package static let copy = Compression(rawValue: 4)
  /// Rubin coding; with the weights in the payload in Linux 2.4 and U-Boot, with fixed weights since.
  package static let dynRubin = Compression(rawValue: 5)
  /// A zlib stream (RFC 1950); with DD-WRT's driver LZMA1 data after five property bytes.
  package static let zlib = Compression(rawValue: 6)
  /// One LZO1X block.
  package static let lzo = Compression(rawValue: 7)
  /// Bare LZMA1 data with the parameters of OpenWrt.
  package static let lzma = Compression(rawValue: 8)
  /// LZMA1 data after its five property bytes: a patch of 2008.
  package static let lzma2008 = Compression(rawValue: 0x15)

  /// The name that kernel and tools use, or `nil` for a number without one.
  package var name: String? {
    switch self {
    case .none: "none"
    case .zero: "zero"
    case .rtime: "rtime"
    case .rubinMIPS: "rubinmips"
    case .copy: "copy"
    case .dynRubin: "dynrubin"
    case .zlib: "zlib"
    case .lzo: "lzo"
    case .lzma, .lzma2008: "lzma"
    default: nil
    }
  }
}
