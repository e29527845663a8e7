package import Storage

/// The bytes of an image in which file systems were looked for.
package struct FlashArea: Sendable {
  package let image: FlashImage
  package let range: Range<UInt64>
  /// Whether the table that describes it, if one does, is the user's.
  let hasGivenTable: Bool

  package init(_ image: FlashImage, _ range: Range<UInt64>, hasGivenTable: Bool = false) {
    self.image = image
    self.range = range
    self.hasGivenTable = hasGivenTable
  }
}
