internal import JFFS2
internal import Storage

extension Detected {
  /// Detects gzip by the fields of its header and of the first block.
  ///
  /// Source: RFC 1952.
  init?(gzip source: ContentsSource) {
    let head = source.head
    guard source.has([0x1F, 0x8B, 8]), head.count >= 18, head[3] & 0xE0 == 0,
      head[9] <= 13 || head[9] == 255, [0, 2, 4].contains(head[8])
    else { return nil }
    guard head[3] & 8 != 0 else {
      // Without other fields the data follow; there is no fourth type of block.
      if head[3] == 0, head[10] & 6 == 6 { return nil }
      return
    }
    let start = head[3] & 4 == 0 ? 10 : 12 + Int(head.little(at: 10, 2))
    guard let file = start < head.count ? head.text(at: start, min(256, head.count - start)) : nil
    else { return nil }
    summary = [file]
  }

  /// Detects xz by the CRC of its header.
  init?(xz source: ContentsSource) {
    let head = source.head
    guard source.has([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), head.count >= 12,
      UInt64(~jffs2CRC(head.span.extracting(6..<8), initial: .max)) == head.little(at: 8, 4)
    else { return nil }
  }

  /// Detects LZMA, which has no magic number, by usual values of its fields: it is only likely.
  init?(lzma source: ContentsSource) {
    let head = source.head
    guard source.has([0x5D, 0, 0]), head.count >= 18 else { return nil }
    let (dictionary, size) = (head.little(at: 1, 4), head.little(at: 5, 8))
    guard dictionary >= 1 << 16, dictionary.nonzeroBitCount == 1, head[13] == 0,
      size == .max || size > 0 && size < 1 << 32
    else { return nil }
    isCertain = false
    if size != .max { facts = ["\(size.asByteCount) decompressed"] }
  }

  /// Detects LZ4 by the fields of its frame.
  init?(lz4 source: ContentsSource) {
    let head = source.head
    let isFrame =
      source.has([0x04, 0x22, 0x4D, 0x18]) && head.count > 8 && head[4] >> 6 == 1
      && head[4] & 2 == 0 && head[5] & 0x8F == 0 && head[5] >> 4 >= 4
    let isLegacy = source.has([0x02, 0x21, 0x4C, 0x18]) && head.little(at: 4, 4) <= 8 << 20
    guard isFrame || isLegacy else { return nil }
  }

  /// Detects 7z by the CRC of its header.
  init?(sevenZip source: ContentsSource) {
    let head = source.head
    guard source.has([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), head.count >= 32,
      UInt64(~jffs2CRC(head.span.extracting(12..<32), initial: .max)) == head.little(at: 8, 4)
    else { return nil }
    let (offset, size) = (head.little(at: 12, 8), head.little(at: 20, 8))
    if offset < 1 << 48, size < 1 << 48 { length = 32 + offset + size }
  }

  /// Detects tar by magic number and checksum.
  init?(tar source: ContentsSource) {
    let head = source.head
    guard source.has("ustar", at: 257), head.count >= 512 else { return nil }
    let digits = head[148..<156].drop { $0 == 0x20 }.prefix { 0x30...0x37 ~= $0 }
    let stored = digits.reduce(0) { $0 << 3 | Int($1 & 7) }
    let sum = head[..<148].reduce(0) { $0 + Int($1) } + head[156..<512].reduce(0) { $0 + Int($1) }
    guard !digits.isEmpty, stored == sum + 8 * 0x20 else { return nil }
  }

  /// Detects cpio by the digits of its header.
  init?(cpio source: ContentsSource) {
    let isNew = source.has("070701") || source.has("070702")
    guard isNew || source.has("070707"), source.head.count >= 110 else { return nil }
    let digits = source.head[6..<(isNew ? 110 : 76)]
    let isHeader = digits.allSatisfy {
      isNew
        ? 0x30...0x39 ~= $0 || 0x41...0x46 ~= $0 || 0x61...0x66 ~= $0 : 0x30...0x37 ~= $0
    }
    guard isHeader else { return nil }
  }

  /// Detects a pointer that Git LFS leaves instead of a file.
  init?(gitLFS source: ContentsSource) {
    guard source.has("version https://git-lfs.github.com/spec/v"), source.head.count <= 1024 else {
      return nil
    }
    let lines = String(decoding: source.head, as: UTF8.self).split(separator: "\n")
    guard lines.contains(where: { $0.hasPrefix("oid ") }) else { return nil }
    if let size = lines.first(where: { $0.hasPrefix("size ") })?.dropFirst(5),
      let size = UInt64(size)
    {
      summary = ["for a file of \(size) bytes"]
    }
  }
}
