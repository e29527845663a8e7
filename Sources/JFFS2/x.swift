internal import CDeflate
package func crc(_ bytes: Span<UInt8>) -> UInt32 { cdeflate_crc32_register(0, bytes) }
package func crc2(_ bytes: [UInt8]) -> UInt32 { crc(bytes.span.extracting(0..<2)) }
