package import JFFS2

/// Makes hostile images out of valid ones: fields changed with all checksums made right, nodes doubled, cut, moved, or taken from
/// another image.
package struct ImageMutator {
  private var generator: SeededGenerator
  private let dialect: Dialect

  package init(seed: UInt64, dialect: Dialect = Dialect(.little)) {
    generator = SeededGenerator(seed: seed)
    self.dialect = dialect
  }

  /// A changed copy of `image`.
  ///
  /// - Parameter other: Where nodes may be taken from.
  package mutating func mutate(_ image: [UInt8], _ other: [UInt8]) -> [UInt8] {
    var mutated = image
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let nodes = nodeOffsets(mutated)
      guard let node = nodes.randomElement(using: &generator) else { break }
      switch Int.random(in: 0..<10, using: &generator) {
      case 0...4: changeField(&mutated, at: node)
      case 5:
        mutated[Int.random(in: mutated.indices, using: &generator)] = .random(
          in: 0...255, using: &generator)
      case 6: append(nodeBytes(mutated, at: node), to: &mutated)
      case 7:
        overwrite(
          &mutated, at: node,
          with: nodeBytes(mutated, at: nodes.randomElement(using: &generator) ?? node))
      case 8:
        if let foreign = nodeOffsets(other).randomElement(using: &generator) {
          append(nodeBytes(other, at: foreign), to: &mutated)
        }
      default:
        mutated.removeLast(Int.random(in: 0...mutated.count / 4, using: &generator))
      }
      guard mutated.count >= 64 else { return image }
    }
    if Int.random(in: 0..<8, using: &generator) > 0 { CRCRepair.repair(&mutated, dialect, .all) }
    return mutated
  }

  /// Changes one field of a node: to a bound, to a small number, or by a little.
  private mutating func changeField(_ image: inout [UInt8], at node: Int) {
    let type = image.span.u16(at: node + 2, dialect.endianness) | 0x2000
    let fields: [(offset: Int, size: Int)] =
      switch NodeType(rawValue: type) {
      case .inode:
        [
          (2, 2), (4, 4), (12, 4), (16, 4), (20, 4), (28, 4), (44, 4), (48, 4), (52, 4), (56, 1),
          (57, 1),
        ]
      case .dirent: [(2, 2), (4, 4), (12, 4), (16, 4), (20, 4), (28, 1), (29, 1), (40, 1), (41, 1)]
      case .xattr: [(4, 4), (12, 4), (16, 4), (20, 1), (21, 1), (22, 2)]
      case .xref: [(4, 4), (12, 4), (16, 4), (20, 4)]
      default: [(2, 2), (4, 4)]
      }
    guard let field = fields.randomElement(using: &generator),
      node + field.offset + field.size <= image.count
    else { return }
    let place = node + field.offset..<node + field.offset + field.size
    let old = place.reduce(UInt32(0)) { $0 << 8 | UInt32(image[$1]) }
    let value: UInt32 =
      switch Int.random(in: 0..<5, using: &generator) {
      case 0:
        [0, 1, 2, 4095, 4096, 0x7FFF_FFFF, 0x8000_0000, .max - 3, .max]
          .randomElement(using: &generator) ?? 0
      case 1: .random(in: 0..<64, using: &generator)
      case 2: old &+ .random(in: 0..<5, using: &generator) &- 2
      case 3: old ^ (1 << UInt32.random(in: 0..<UInt32(8 * field.size), using: &generator))
      default: .random(in: 0...UInt32.max, using: &generator)
      }
    for (index, position) in place.enumerated() {
      image[position] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (field.size - 1 - index)))
    }
  }

  /// The nodes of an image, live or obsolete, without anything between them: the same tree in fewer bytes.
  package func compacted(_ image: [UInt8]) -> [UInt8] {
    var compact: [UInt8] = []
    var offset = 0
    while offset + NodeHeader.size <= image.count {
      guard image.span.u16(at: offset, dialect.endianness) == dialect.magic else {
        offset += 4
        continue
      }
      let node = nodeBytes(image, at: offset)
      append(node, to: &compact)
      offset += (node.count + 3) & ~3
    }
    return compact
  }

  /// The nodes of an image in erase blocks that end with summaries, some nodes then made obsolete or damaged.
  ///
  /// - Parameter image: As ``compacted(_:)`` makes it.
  package mutating func summarisedAndDamaged(_ image: [UInt8], eraseSize: Int) -> [UInt8] {
    var builder = ImageBuilder(dialect)
    for offset in nodeOffsets(image) {
      let node = nodeBytes(image, at: offset)
      guard node.count == Int(image.span.u32(at: offset + 4, dialect.endianness)) else { continue }
      // 40 bytes of list at most for each node, whose name is in the node as well.
      let used = builder.bytes.count % eraseSize
      let listed = builder.nodeOffsets(from: builder.bytes.count - used).count + 1
      if used + node.count + 3 + listed * 40 + used / 2 + 64 > eraseSize {
        builder.addSummary(eraseSize: eraseSize)
      }
      builder.add(raw: node)
      builder.padWithErased(toMultipleOf: 4)
    }
    if Int.random(in: 0..<2, using: &generator) == 0 { builder.addSummary(eraseSize: eraseSize) }
    let offsets = builder.nodeOffsets(from: 0)
    for _ in 0..<Int.random(in: 1...12, using: &generator) {
      guard let offset = offsets.randomElement(using: &generator) else { break }
      let isLong = offset + RawDirent.size <= builder.bytes.count
      let (place, bit): (Int, UInt8) =
        switch Int.random(in: 0..<4, using: &generator) {
        // Obsolete, which changes no CRC.
        case 0: (offset + (dialect.endianness == .little ? 3 : 2), 0x20)
        case 1 where isLong: (offset + .random(in: 12..<36, using: &generator), 1)
        case 2 where isLong: (offset + .random(in: 36..<40, using: &generator), 1)
        default: (offset + .random(in: 0..<12, using: &generator), 1)
        }
      builder.replaceByte(at: place, with: builder.bytes[place] ^ bit)
    }
    return builder.bytes
  }

  private func append(_ node: [UInt8], to image: inout [UInt8]) {
    while image.count % 4 != 0 { image.append(0xFF) }
    image += node
  }

  private func overwrite(_ image: inout [UInt8], at offset: Int, with node: [UInt8]) {
    let count = min(node.count, image.count - offset)
    image.replaceSubrange(offset..<offset + count, with: node[..<count])
  }

  private func nodeBytes(_ image: [UInt8], at offset: Int) -> [UInt8] {
    let length = Int(image.span.u32(at: offset + 4, dialect.endianness))
    return Array(
      image[offset..<min(image.count, offset + max(NodeHeader.size, min(length, 1 << 16)))])
  }

  /// The offsets of magic numbers.
  private func nodeOffsets(_ image: [UInt8]) -> [Int] {
    stride(from: 0, through: image.count - NodeHeader.size, by: 4).filter {
      image.span.u16(at: $0, dialect.endianness) == dialect.magic
    }
  }
}
