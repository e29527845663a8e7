import JFFS2
import TestSupport

/// How one inode of a damaged image looks under the two policies.
struct PolicyComparison {
  /// Differences that the policies do not explain.
  private(set) var differences: [String] = []
  /// Whether a read fails or the size differs.
  private(set) var isTouched = false
  /// The inode's nodes whose payload has a wrong CRC, or does not decode.
  let damagedNodeCount: Int

  init(_ ino: UInt32, _ failing: Volume, _ zeroing: Volume) throws {
    damagedNodeCount = try failing.nodes(of: ino).count { node in
      guard node.compressedSize > 0 else { return false }
      let bytes = try failing.range.bytes(
        at: node.flashOffset, count: 68 + Int(node.compressedSize))
      var stored: UInt32 = 0
      for index in 60..<64 { stored = stored >> 8 | UInt32(bytes[index]) << 24 }
      return jffs2CRC(Array(bytes[68...]).span) != stored
    }
    let ours: InodeAttributes
    let driver: InodeAttributes
    do {
      driver = try zeroing.attributes(of: ino)
    } catch {
      isTouched = true
      if (try? failing.attributes(of: ino)) != nil {
        differences.append("stat fails with one policy only")
      }
      return
    }
    ours = try failing.attributes(of: ino)
    compare(ours, driver)
    if FileType(mode: ours.mode) == .regular {
      try compareContents(ino, failing, zeroing, size: ours.size, driverSize: driver.size)
    }
    if try failing.xattrs(of: ino) != zeroing.xattrs(of: ino) { differences.append("xattrs") }
  }

  private mutating func compare(_ ours: InodeAttributes, _ driver: InodeAttributes) {
    if ours.size != driver.size { isTouched = true }
    if ours.size < driver.size { differences.append("the file is shorter") }
    if ours.mode != driver.mode || ours.uid != driver.uid || ours.gid != driver.gid
      || ours.linkCount != driver.linkCount || ours.device != driver.device
      || ours.accessTime != driver.accessTime || ours.changeTime != driver.changeTime
      || ours.modificationTime != driver.modificationTime
    {
      differences.append("attributes")
    }
  }

  /// Each piece is the driver's, or fails with damage that touches it.
  private mutating func compareContents(
    _ ino: UInt32, _ failing: Volume, _ zeroing: Volume, size: UInt64, driverSize: UInt64
  ) throws {
    for start in stride(from: 0, to: size, by: 512) {
      let count = Int(min(512, size - start))
      var expected = try zeroing.contents(of: ino, from: start, count: count)
      expected += [UInt8](repeating: 0, count: count - expected.count)
      do throws(JFFS2Error) {
        var bytes = [UInt8](repeating: 0xA5, count: count)
        var span = bytes.mutableSpan
        let filled = try failing.read(ino, at: start, into: &span)
        if filled != count || bytes != expected { differences.append("other bytes at \(start)") }
      } catch {
        isTouched = true
        if case .damaged(let damage) = error, damage.ino == ino,
          damage.range.overlaps(start..<start + UInt64(count))
        {
          continue
        }
        differences.append("\(error) at \(start)")
      }
    }
  }
}
