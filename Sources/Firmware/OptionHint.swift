package import JFFS2
package import Storage
internal import Support

/// An option that avoids or caused an error, as shown in messages. Each program writes it as its own command line
/// takes it.
package enum OptionHint: Equatable, Sendable {
  /// The offset at which to begin the search; nil for one that only the user can know.
  case offset(UInt64?)
  /// The number of bytes to examine.
  case length(UInt64)
  /// Which member of an archive to take; nil for one that the user has to choose.
  case member(String?)
  /// The only byte order to look for.
  case endian(Endianness)
  /// The limit on unpacked data.
  case maxUnpacked
  /// The page and spare area of a NAND dump; nil for those that only the user can know.
  case oob(NANDPageLayout?)

  /// The name of the option in both programs, with `_` between words.
  package var name: String {
    switch self {
    case .offset: "offset"
    case .length: "length"
    case .member: "member"
    case .endian: "endian"
    case .maxUnpacked: "max_unpacked"
    case .oob: "oob"
    }
  }

  /// The value, or a placeholder for one that the user has to choose.
  package var value: String {
    switch self {
    case .offset(let offset): offset.map(Self.number) ?? "BYTES"
    case .length(let length): Self.number(length)
    case .member(let name): name ?? "NAME"
    case .endian(let endianness): endianness == .little ? "little" : "big"
    case .maxUnpacked: "SIZE"
    case .oob(let layout): layout.map { "\($0)" } ?? "PAGE+SPARE"
    }
  }

  /// A multiple of 4 KiB in hexadecimal, as offsets are in messages, and another number in decimal.
  private static func number(_ value: UInt64) -> String {
    value > 0 && value.isMultiple(of: 4096) ? value.hexadecimal : "\(value)"
  }
}
