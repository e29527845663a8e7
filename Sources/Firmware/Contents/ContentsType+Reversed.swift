internal import JFFS2

extension ContentsType {
  /// Contents in which the bytes of each word are in reversed order.
  static let reversed = [2, 4].flatMap { size in
    let name = size == 2 ? "with every two bytes exchanged" : "with every four bytes reversed"
    let hint = Hint.text(
      size == 2
        ? "dd conv=swab if=FILE of=RIGHT"
        : "objcopy -I binary -O binary --reverse-bytes=4 FILE RIGHT")
    return [
      ContentsType("JFFS2 \(name)", hint, isFileSystem: true, isOfWholeFile: true) { bytes in
        guard let header = bytes.reversingWords(of: size, count: NodeHeader.size) else {
          return false
        }
        return Dialect.all.contains { NodeHeader(parsing: header.span, dialect: $0) != nil }
      },
      ContentsType("a U-Boot image \(name)", hint, isOfWholeFile: true) { bytes in
        guard let header = bytes.reversingWords(of: size, count: UImage.headerSize) else {
          return false
        }
        return UImage(parsing: header.span)?.headerChecksum == .good
      },
    ]
  }
}

extension [UInt8] {
  /// The first bytes with those of each word in reversed order.
  fileprivate func reversingWords(of size: Int, count length: Int) -> [UInt8]? {
    guard count >= length else { return nil }
    // The sizes of words are powers of two.
    return (0..<length).map { self[$0 ^ (size - 1)] }
  }
}
