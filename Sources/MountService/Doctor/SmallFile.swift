import CLinux
import Glibc

/// A short text of the system, such as one in /proc.
enum SmallFile {
  /// Its first 64 KiB; empty if it cannot be read.
  static func text(_ path: String) -> String {
    let opened = unsafe clinux_open_to_read(path)
    guard opened >= 0 else { return "" }
    let descriptor = Descriptor(opened)
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(descriptor.number, $0.baseAddress, $0.count)
    }
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
  }
}
