import JFFS2
import Storage
import TestSupport

/// A JFFS2 image as a NAND holds it: no cleanmarkers in the data, erase blocks padded with erased flash.
func nandImage(
  _ dialect: Dialect = Dialect(.little), files: Int = 40, eraseSize: Int = 128 << 10,
  pageSize: Int, _ generator: inout SeededGenerator
) -> [UInt8] {
  var builder = ImageBuilder(dialect)
  for file in 0..<files {
    let payload = generator.bytes(Int.random(in: 1...4096, using: &generator))
    let room = eraseSize - builder.bytes.count % eraseSize
    if room < 5000 { builder.padWithErased(toMultipleOf: eraseSize) }
    let ino = UInt32(file + 2)
    builder.addDirent(version: UInt32(file + 1), ino: ino, name: "file\(file)")
    builder.addInode(ino, version: 1, payload: payload)
  }
  builder.padWithErased(toMultipleOf: max(eraseSize, pageSize))
  return builder.bytes
}

/// The dump of `data` with spare areas: random ECC bytes where a page is used, the cleanmarker in each block's first.
func dump(
  _ data: [UInt8], _ layout: NANDPageLayout, eraseSize: Int = 128 << 10,
  _ generator: inout SeededGenerator
) -> [UInt8] {
  var dump: [UInt8] = []
  dump.reserveCapacity(data.count / layout.pageSize * layout.stride)
  for start in stride(from: 0, to: data.count, by: layout.pageSize) {
    let page = data[start..<min(start + layout.pageSize, data.count)]
    var spare = [UInt8](repeating: 0xFF, count: layout.oobSize)
    if page.contains(where: { $0 != 0xFF }) {
      for index in (layout.oobSize * 5 / 8)..<layout.oobSize {
        spare[index] = UInt8.random(in: 0...255, using: &generator)
      }
    }
    if start % eraseSize == 0, layout.oobSize >= 16 {
      let at = layout.pageSize == 512 ? 8 : 2
      spare.replaceSubrange(at..<at + 8, with: [0x85, 0x19, 0x03, 0x20, 8, 0, 0, 0])
    }
    dump += page + spare
  }
  return dump
}
