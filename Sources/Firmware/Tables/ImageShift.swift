internal import Storage
internal import Support

/// Surplus or missing bytes of a dump, which shift all following nodes.
package struct ImageShift: Equatable, Sendable {
  /// Where the nodes continue, in the image.
  package let offset: UInt64
  /// The number of surplus bytes before it; negative for missing bytes.
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
