import JFFS2
import Storage
import TestSupport

/// All that a walk over an image shows.
struct NodeRecorder: NodeVisitor {
  var offsets: [Int] = []
  var types: [NodeType] = []
  var dirt: [Int] = []

  init(_ image: ImageBuilder, eraseSize: UInt32? = nil) throws {
    let flash = try FlashImage(bytes: image.bytes)
    let range = try FlashRange(flash, 0..<flash.byteCount)
    try NodeScanner(range, dialect: image.dialect, eraseSize: eraseSize).scan(&self)
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    offsets.append(Int(offset))
    types.append(header.type)
  }

  mutating func visitDirt(at offset: UInt32) { dirt.append(Int(offset)) }
}

extension ImageBuilder {
  /// A file with a name and, as its contents, a text.
  mutating func addTextFile(
    _ ino: UInt32, name: String, parent: UInt32 = 1, version: UInt32 = 1, text: String = "x"
  ) {
    addDirent(parent: parent, version: version, ino: ino, name: name)
    addInode(ino, version: 1, payload: Array(text.utf8))
  }

  /// A directory with a name.
  mutating func addFolder(
    _ ino: UInt32, name: String, parent: UInt32 = 1, version: UInt32 = 1
  ) {
    addDirent(parent: parent, version: version, ino: ino, name: name, type: 4)
    addInode(ino, version: 1, mode: 0o40755)
  }

  /// Bytes that every reader has to step over, up to an offset.
  mutating func addDirt(_ byte: UInt8 = 0, upTo offset: Int) {
    add(raw: [UInt8](repeating: byte, count: offset - bytes.count))
  }
}
