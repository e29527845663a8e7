internal import Storage
internal import Support

/// Bytes that a dump has too many or too few, so that all nodes behind them are shifted.
package struct ImageShift: Equatable, Sendable {
  /// Where the nodes continue, in the image.
  package let offset: UInt64
  /// The bytes in front of it that are too many; negative for bytes that are missing.
  package let count: Int64

  package init(offset: UInt64, count: Int64) {
    self.offset = offset
    self.count = count
  }
}

extension ImageShift: CustomStringConvertible {
  package var description: String {
    let sign = count < 0 ? "-" : "+"
    let unit = count.magnitude == 1 ? "byte" : "bytes"
    return "shifted by \(sign)\(count.magnitude) \(unit) from \(offset.hexadecimal) on"
  }
}
