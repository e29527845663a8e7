import CFuzzer
import FuzzSupport
import Glibc
import JFFS2
import TestSupport

/// Decompresses the input as a chunk of each compression, and compresses and decompresses it again. The first three bytes are the
/// compression and the chunk's size.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  guard count >= 3 else { return 0 }
  let compression = Compression(rawValue: bytes[0] % 16)
  let size = Int(bytes[1]) << 8 | Int(bytes[2])
  let payload = (3..<count).map { bytes[$0] }
  let chunk = expand(payload, compression, size: size)
  // If the driver's zlib decompresses the whole chunk, the result must be the same.
  if compression == .zlib, let reference = DriverZlib.decompress(payload, size: size),
    reference.count == size, chunk != reference
  {
    found("zlib gives other bytes")
  }
  // Not rubinmips: its payloads can, by accident, be dynrubin's as well, which is tried first.
  checkRoundTrip(payload, .rtime, RTIMEEncoder.encode)
  checkRoundTrip(payload, .dynRubin, RubinEncoder.encodeDynamic)
  checkRoundTrip(payload, .lzo) { LZOEncoder($0).block }
  return 0
}

private nonisolated(unsafe) var decompressor = Decompressor()

/// The chunk, or nil where the payload is refused.
private func expand(_ payload: [UInt8], _ compression: Compression, size: Int) -> [UInt8]? {
  // Guards of a known value on both sides: nothing but the chunk may change.
  var buffer = [UInt8](repeating: 0xA5, count: size + 32)
  var span = buffer.mutableSpan
  var chunk = span._mutatingExtracting(16..<16 + size)
  let defined: Int
  do {
    defined = try decompressor.decompress(payload.span, as: compression, into: &chunk)
  } catch {
    return nil
  }
  guard buffer[..<16].allSatisfy({ $0 == 0xA5 }), buffer[(16 + size)...].allSatisfy({ $0 == 0xA5 })
  else { found("\(compression) writes outside its chunk") }
  guard 0...size ~= defined else { found("\(compression) claims \(defined) of \(size) bytes") }
  return Array(buffer[16..<16 + size])
}

private func checkRoundTrip(
  _ data: [UInt8], _ compression: Compression, _ encode: ([UInt8]) -> [UInt8]
) {
  guard !data.isEmpty, data.count <= 4096 else { return }
  if expand(encode(data), compression, size: data.count) != data {
    found("\(compression) does not give back what was packed")
  }
}

@main
enum Fuzzer {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput))
  }
}
