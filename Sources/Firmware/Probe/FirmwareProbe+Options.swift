package import JFFS2
package import Storage

extension FirmwareProbe {
  /// Options for users who know more about the image than can be detected.
  package struct Options: Sendable {
    /// The first byte to examine, counted in the file as it is.
    package var offset: UInt64 = 0
    /// The bytes to examine; nil for all that follow.
    package var length: UInt64?
    /// The only byte order to look for.
    package var endianness: Endianness?
    /// The layout of a NAND dump with its spare areas; nil to detect it.
    package var spareArea: NANDPageLayout?
    /// The partition table that the user gave; it counts from ``offset``.
    package var table: MTDParts?
    /// The maximum number of bytes that may be unpacked.
    package var maxUnpacked: UInt64
    /// Takes the unpacked data; opened in advance if no file can be opened later.
    package var scratchFile = ScratchFile()
    /// The name of the archive's member to take.
    package var member: String?
    /// How warnings write an option.
    package var spelling: @Sendable (OptionHint) -> String = { "\($0.name)=\($0.value)" }
    /// Receives the completed share of a long search from time to time, always from the same thread.
    package var onSearch: (@Sendable (_ share: Double) -> Void)?

    package init(
      offset: UInt64 = 0, length: UInt64? = nil, endianness: Endianness? = nil,
      spareArea: NANDPageLayout? = nil, table: MTDParts? = nil, maxUnpacked: UInt64 = 1 << 30,
      member: String? = nil
    ) {
      self.offset = offset
      self.length = length
      self.endianness = endianness
      self.spareArea = spareArea
      self.table = table
      self.maxUnpacked = maxUnpacked
      self.member = member
    }
  }
}
