internal import CLinux
internal import Storage
internal import SystemPackage

/// The new file while it is written. Bytes beyond a limit are counted only.
struct PackOutput {
  let descriptor: Int32
  private let name: String
  private(set) var position: UInt64 = 0
  /// Where writing ends.
  var limit: UInt64 = .max

  init(_ output: ByteOutput) {
    descriptor = output.descriptor
    name = output.name
  }

  mutating func append(_ bytes: Span<UInt8>) throws(CommandFailure) {
    if position + UInt64(bytes.count) <= limit { try write(bytes, at: position) }
    position += UInt64(bytes.count)
  }

  /// Copies bytes of another file.
  mutating func append(_ range: Range<UInt64>, of image: FlashImage) throws(CommandFailure) {
    try image.forEachPiece(of: range) { bytes throws(CommandFailure) in try append(bytes.span) }
  }

  /// Appends one byte many times.
  mutating func append(repeating byte: UInt8, count: UInt64) throws(CommandFailure) {
    let buffer = [UInt8](repeating: byte, count: Int(min(count, 256 << 10)))
    var rest = count
    while rest > 0 {
      let count = Int(min(UInt64(buffer.count), rest))
      try append(buffer.span.extracting(0..<count))
      rest -= UInt64(count)
    }
  }

  func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(CommandFailure) {
    let result = clinux_write_at(descriptor, Int64(offset), bytes)
    guard result == 0 else {
      throw CommandFailure("\(name): \(Errno(rawValue: -result))", .unreadable)
    }
  }

  /// The file for reading.
  func image() throws(CommandFailure) -> FlashImage {
    do {
      let copy = try FileDescriptor(rawValue: descriptor).duplicate()
      return try FlashImage(adopting: copy.rawValue, path: name)
    } catch {
      throw CommandFailure("\(name): \(error)", .unreadable)
    }
  }
}
