package import Storage

/// An option that helps out of an error, as messages tell of it. Each program writes it as its own command line takes it.
package enum AdvisedOption: Equatable, Sendable {
  /// Where to begin to look; nil for a place that only the user can know.
  case offset(UInt64?)
  /// Which member of an archive to take.
  case member
  /// How much may be unpacked.
  case maxUnpacked
  /// The page and spare area of a NAND dump.
  case oob(SpareAreaLayout)

  /// What both programs call it, with `_` between words.
  package var name: String {
    switch self {
    case .offset: "offset"
    case .member: "member"
    case .maxUnpacked: "max_unpacked"
    case .oob: "oob"
    }
  }

  /// The value, or what stands for one that the user has to choose.
  package var value: String {
    switch self {
    case .offset(let offset): offset.map { "\($0)" } ?? "BYTES"
    case .member: "NAME"
    case .maxUnpacked: "SIZE"
    case .oob(let layout): "\(layout)"
    }
  }
}
