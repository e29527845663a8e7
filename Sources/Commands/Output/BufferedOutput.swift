package import FirmwareAccess
internal import Glibc

/// A descriptor that is written in large pieces: standard output, or a file.
package final class BufferedOutput {
  private static let capacity = 64 << 10

  package let descriptor: Int32
  /// The name in messages.
  let name: String
  private var buffer: [UInt8] = []

  /// - Parameters:
  ///   - descriptor: Open for writing; stays open.
  ///   - name: The name in messages.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Self.capacity)
  }

  /// Standard output.
  package static func standard() -> BufferedOutput {
    BufferedOutput(descriptor: 1, name: "standard output")
  }

  package func write(_ text: String) throws(ProgramError) {
    var text = text
    let bytes = text.withUTF8 { unsafe Array($0) }
    try write(bytes[...])
  }

  package func write(_ bytes: ArraySlice<UInt8>) throws(ProgramError) {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count >= Self.capacity {
      try writeOut(bytes)
    } else {
      buffer += bytes
    }
  }

  /// Writes the buffered bytes, which are not written without this call.
  package func flush() throws(ProgramError) {
    try writeOut(buffer[...])
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeOut(_ bytes: ArraySlice<UInt8>) throws(ProgramError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        throw ProgramError("\(name): \(unsafe String(cString: strerror(errno)))", .failure)
      }
      rest.removeFirst(written)
    }
  }
}
