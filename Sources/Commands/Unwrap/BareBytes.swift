package import FirmwareAccess
internal import Firmware
internal import JFFS2
internal import Storage
internal import Support

/// The bytes that `jffs2 unwrap` writes: a range of an image, without containers, spare areas and adjacent data.
package struct BareBytes: Sendable {
  let image: FlashImage
  let range: Range<UInt64>
  /// The bytes of an erase block of JFFS2; nil for anything else.
  private let eraseSize: UInt64?

  package var byteCount: UInt64 { range.upperBound - range.lowerBound }

  /// - Parameter isRaw: Whether the spare areas of a NAND dump are kept.
  init(_ image: FlashImage, _ range: Range<UInt64>, eraseSize: UInt64? = nil, isRaw: Bool) {
    self.eraseSize = eraseSize
    (self.image, self.range) =
      (isRaw ? image.withSpareAreas(range) : nil) ?? (image, range)
  }

  /// The bytes of the only file system that was loaded, or of the part of that name or offset.
  ///
  /// - Parameter wanted: The partition for which the firmware was loaded; it has no file system if that is a part without JFFS2.
  /// - Throws: ``ProgramError`` with `.usage` that lists the existing ones.
  package init(
    of firmware: FirmwareImage, partition wanted: String?, isRaw: Bool
  ) throws(ProgramError) {
    guard let wanted, firmware.fileSystems.isEmpty else {
      if let failure = firmware.failure { throw failure }
      self = Self(try firmware.onlyFileSystem(), isRaw: isRaw)
      return
    }
    let parts = try firmware.parts()
    let part =
      parts.list.first { $0.name == wanted }
      ?? parts.list.first { $0.range.lowerBound.hexadecimal == wanted.lowercased() }
    guard let part else {
      var present = parts.list.map {
        ($0.name.map { "\($0) at " } ?? "") + $0.range.lowerBound.hexadecimal
      }
      // The numbers are those of file systems, as in other commands.
      let fileSystems = parts.list.indices.filter { parts.list[$0].contents == nil }
      for (number, index) in fileSystems.enumerated() {
        present[index] = "\(number) \(present[index])"
      }
      present += firmware.volumeNames
      let meant = parts.list.compactMap(\.name).nearest(to: wanted)
      throw ProgramError(
        "\(firmware.path): no partition \(wanted); there are: \(present.joined(separator: ", "))"
          + (meant.map { "; did you mean \($0)?" } ?? ""), .usage)
    }
    self = Self(parts.area.image, part.range, isRaw: isRaw)
  }

  private init(_ fileSystem: FirmwareImage.FileSystem, isRaw: Bool) {
    let range = fileSystem.partition.range
    self.init(
      range.image, range.start..<range.start + UInt64(range.length),
      eraseSize: UInt64(fileSystem.volume.eraseSize.byteCount), isRaw: isRaw)
  }

  /// The length with padding to a multiple of this many bytes; 0 means the erase size.
  ///
  /// - Throws: ``ProgramError`` with `.usage` where there is no erase size, or for more than 2^63 bytes.
  package func paddedSize(_ padding: UInt64) throws(ProgramError) -> UInt64 {
    guard let unit = padding == 0 ? eraseSize : padding else {
      throw ProgramError("--pad 0: only JFFS2 has an erase size; give a size", .usage)
    }
    let blockCount = (byteCount + unit - 1) / unit
    let (size, overflow) = blockCount.multipliedReportingOverflow(by: unit)
    guard !overflow, size <= UInt64(Int64.max) else {
      throw ProgramError("--pad: larger than any file can be", .usage)
    }
    return size
  }

  /// Writes all of it, and erased flash, 0xFF, up to `size`.
  package func write(
    to output: BufferedOutput, paddedTo size: UInt64 = 0, _ progress: Progress? = nil
  ) throws(ProgramError) {
    let file = SparseFile(output)
    func write(_ piece: ArraySlice<UInt8>) throws(ProgramError) {
      if let file { try file.write(piece) } else { try output.write(piece) }
    }
    try image.forEachPiece(of: range) { piece throws(ProgramError) in
      try write(piece)
      progress?.advance(UInt64(piece.count))
    }
    let erased = [UInt8](repeating: 0xFF, count: 256 << 10)
    var written = byteCount
    while written < size {
      let piece = erased[..<Int(min(UInt64(erased.count), size - written))]
      try write(piece)
      written += UInt64(piece.count)
    }
    try file?.finish()
    try output.flush()
  }
}
