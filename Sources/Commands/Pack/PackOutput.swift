internal import FirmwareAccess
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

  init(_ output: BufferedOutput) {
    descriptor = output.descriptor
    name = output.name
  }

  mutating func append(_ bytes: Span<UInt8>) throws(ProgramError) {
    if position + UInt64(bytes.count) <= limit { try write(bytes, at: position) }
    position += UInt64(bytes.count)
  }

  /// Copies bytes of another file.
  mutating func append(_ range: Range<UInt64>, of image: FlashImage) throws(ProgramError) {
    try image.forEachPiece(of: range) { bytes throws(ProgramError) in try append(bytes.span) }
  }

  /// Appends one byte many times.
  mutating func append(repeating byte: UInt8, count: UInt64) throws(ProgramError) {
    let buffer = [UInt8](repeating: byte, count: Int(min(count, 256 << 10)))
    var rest = count
    while rest > 0 {
      let count = Int(min(UInt64(buffer.count), rest))
      try append(buffer.span.extracting(0..<count))
      rest -= UInt64(count)
    }
  }

  /// Continues at an earlier position, over what was written there.
  mutating func rewind(to position: UInt64) { self.position = position }

  func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(ProgramError) {
    let result = clinux_write_at(descriptor, Int64(offset), bytes)
    guard result == 0 else {
      throw ProgramError("\(name): \(Errno(rawValue: -result))", .failure)
    }
  }

  /// The file for reading.
  func image() throws(ProgramError) -> FlashImage {
    do {
      let copy = try FileDescriptor(rawValue: descriptor).duplicate()
      return try FlashImage(adopting: copy.rawValue, path: name)
    } catch {
      throw ProgramError("\(name): \(error)", .failure)
    }
  }
}
