/// The amount of data that one run of a ``ContainerOpener`` may still unpack.
struct DecompressionBudget {
  /// The maximum number of bytes that may be unpacked.
  let limit: UInt64
  /// The bytes that may still be examined, and so be written to the unpacking file.
  var kept: UInt64
  /// The bytes that decompressors may still give out, those between members and in members passed by included.
  ///
  /// An archive may be traversed twice: for a name, then for the member.
  var decompressed: UInt64

  init(limit: UInt64) {
    self.limit = limit
    kept = limit
    // What is decompressed ahead, and in a tar archive between and after its members.
    let (doubled, overflow) = limit.multipliedReportingOverflow(by: 2)
    let (sum, sumOverflow) = doubled.addingReportingOverflow(16 << 20)
    decompressed = overflow || sumOverflow ? .max : sum
  }

  /// - Returns: Whether this many bytes may still be examined; if so, they are deducted.
  mutating func consumeRetained(_ count: UInt64) -> Bool {
    guard count <= kept else { return false }
    kept -= count
    return true
  }

  /// - Returns: Whether this many bytes may still be decompressed; if so, they are deducted.
  mutating func takeDecompressed(_ count: UInt64) -> Bool {
    guard count <= decompressed else { return false }
    decompressed -= count
    return true
  }
}
