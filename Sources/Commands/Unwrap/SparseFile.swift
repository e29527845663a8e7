internal import FirmwareAccess
internal import CLinux
internal import Glibc
internal import SystemPackage

/// A regular file that is written from its start on, with holes for blocks of zeros.
final class SparseFile {
  private static let blockSize = 4096

  private let descriptor: Int32
  private let name: String
  private var position: UInt64 = 0

  /// - Returns: nil unless the output is a regular file of which nothing is written yet.
  init?(_ output: BufferedOutput) {
    var status = stat()
    guard output.descriptor > 2, unsafe fstat(output.descriptor, &status) == 0,
      status.st_mode & S_IFMT == S_IFREG, status.st_size == 0
    else { return nil }
    (descriptor, name) = (output.descriptor, output.name)
  }

  init(descriptor: Int32, name: String) {
    (self.descriptor, self.name) = (descriptor, name)
  }

  /// Appends bytes.
  func write(_ bytes: ArraySlice<UInt8>) throws(ProgramError) {
    var run = bytes.startIndex
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let end = min(index + Self.blockSize, bytes.endIndex)
      if bytes[index..<end].allSatisfy({ $0 == 0 }) {
        try writeOut(bytes[run..<index], in: bytes)
        run = end
      }
      index = end
    }
    try writeOut(bytes[run..<index], in: bytes)
    position += UInt64(bytes.count)
  }

  private func writeOut(
    _ run: ArraySlice<UInt8>, in bytes: ArraySlice<UInt8>
  ) throws(ProgramError) {
    guard !run.isEmpty else { return }
    let offset = position + UInt64(run.startIndex - bytes.startIndex)
    try check(clinux_write_at(descriptor, Int64(offset), run.span))
  }

  /// Gives the file its length, which ends in a hole where the last bytes are zeros.
  func finish() throws(ProgramError) { try check(clinux_set_size(descriptor, Int64(position))) }

  private func check(_ result: Int32) throws(ProgramError) {
    guard result >= 0 else {
      throw ProgramError("\(name): \(Errno(rawValue: -result))", .failure)
    }
  }
}
