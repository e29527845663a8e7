internal import Storage
internal import Support

extension Detected {
  private static let machines: [UInt64: String] = [
    2: "SPARC", 3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 40: "ARM", 42: "SuperH",
    62: "x86-64", 93: "ARC", 94: "Xtensa", 183: "ARM64", 243: "RISC-V",
  ]

  /// Detects an ELF file by the fields of its header.
  init?(elf source: ContentsSource) {
    let head = source.head
    guard source.has([0x7F, 0x45, 0x4C, 0x46]), head.count >= 52, 1...2 ~= head[4],
      1...2 ~= head[5], head[6] == 1
    else { return nil }
    let (is64, isBig) = (head[4] == 2, head[5] == 2)
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      isBig ? head.big(at: offset, size) : head.little(at: offset, size)
    }
    guard 1...4 ~= number(16, 2), number(20, 4) == 1,
      number(is64 ? 52 : 40, 2) == (is64 ? 64 : 52)
    else { return nil }
    let machine = number(18, 2)
    facts = [Self.machines[machine] ?? "machine \(machine)"]
    facts.append("\(is64 ? "64" : "32")-bit, \(isBig ? "big" : "little")-endian")
    // The table of sections is at the end, if there is one.
    let sections = is64 ? number(40, 8) : number(32, 4)
    let size = number(is64 ? 58 : 46, 2) * number(is64 ? 60 : 48, 2)
    if sections > 0, sections < 1 << 40 { length = sections + size }
  }

  /// Detects a Linux kernel as boot loaders do.
  init?(kernel source: ContentsSource) {
    let head = source.head
    if source.has("HdrS", at: 0x202), head.little(at: 0x1FE, 2) == 0xAA55 {
      facts = ["x86"]
    } else if head.little(at: 0x24, 4) == 0x016F_2818 {
      facts = ["ARM"]
      let (start, end) = (head.little(at: 0x28, 4), head.little(at: 0x2C, 4))
      guard start < end else { return nil }
      length = end - start
    } else if source.has("ARM\u{64}", at: 0x38), head.little(at: 8, 8) % 4096 == 0 {
      facts = ["ARM64"]
    } else {
      return nil
    }
  }

  /// Detects a device tree or a FIT image by the fields of its header.
  init?(deviceTree source: ContentsSource) throws(StorageError) {
    let head = source.head
    guard source.has([0xD0, 0x0D, 0xFE, 0xED]), head.count >= 40 else { return nil }
    let (size, structure, strings) = (head.big(at: 4, 4), head.big(at: 8, 4), head.big(at: 12, 4))
    guard size >= 56, structure >= 40, structure % 4 == 0, structure < size, strings <= size,
      1...17 ~= head.big(at: 20, 4), head.big(at: 24, 4) <= 17,
      try source.bytes(at: structure, count: 4) == [0, 0, 0, 1]
    else { return nil }
    length = size
    guard let tree = try FlattenedImageTree(source.image, source.range) else {
      name = "a device tree"
      return
    }
    name = "a FIT image"
    // Images that are separate parts are not in this range.
    facts = tree.payloads.isEmpty ? [] : [tree.payloads.count.pluralized("image")]
    length = max(
      size,
      (tree.payloads.last?.upperBound ?? 0)
        - min(source.range.lowerBound, tree.payloads.last?.upperBound ?? 0))
  }
}
