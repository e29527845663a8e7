/// Collects the magic numbers of squashfs that a pass over an image encounters: at its start, and at multiples of 4 KiB.
struct SquashFSSearch {
  private static let grid: UInt64 = 4096
  /// Firmware has a few.
  private static let maximumCount = 256

  /// In ascending order.
  private(set) var offsets: [UInt64] = []
  /// The offset of the next bytes to examine.
  private var next: UInt64

  /// - Parameter start: The offset of the start of the pass.
  init(from start: UInt64) { next = start }

  /// Examines bytes, except for those that have been examined.
  mutating func record(_ bytes: Span<UInt8>, at offset: UInt64) {
    // A pass may skip bytes.
    if next < offset { next = (offset + Self.grid - 1) / Self.grid * Self.grid }
    while next + 4 <= offset + UInt64(bytes.count), offsets.count < Self.maximumCount {
      let index = Int(next - offset)
      let isMagic = SquashFSSuperblock.magics.contains { magic in
        (0..<4).allSatisfy { bytes[index + $0] == magic[$0] }
      }
      if isMagic { offsets.append(next) }
      next = (next / Self.grid + 1) * Self.grid
    }
  }
}
