package import Storage

/// The bytes of an image in which file systems were looked for.
package struct FlashArea: Sendable {
  package let image: FlashImage
  package let range: Range<UInt64>

  package init(_ image: FlashImage, _ range: Range<UInt64>) {
    self.image = image
    self.range = range
  }
}
