import CLinux
import Glibc

/// Reads the first 64 KiB of a short text of the system, such as one in /proc; empty if it cannot be read.
func readTextFile(_ path: String) -> String {
  let opened = unsafe clinux_open_to_read(path)
  guard opened >= 0 else { return "" }
  let descriptor = OwnedDescriptor(opened)
  var buffer = [UInt8](repeating: 0, count: 65536)
  let count = unsafe buffer.withUnsafeMutableBytes {
    unsafe read(descriptor.number, $0.baseAddress, $0.count)
  }
  return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
}
