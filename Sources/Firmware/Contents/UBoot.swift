internal import JFFS2
internal import Storage
internal import Support

extension Detected {
  /// Detects a U-Boot image by the CRC of its header.
  init?(uImage source: ContentsSource) {
    guard source.head.count >= UImage.headerSize,
      let header = UImage(parsing: source.head.span), header.headerChecksum == .good
    else { return nil }
    name = header.title
    summary = header.summary
    facts = ["load address \(header.loadAddress.hexadecimal)"]
    facts.append("entry point \(header.entryPoint.hexadecimal)")
    length = UInt64(UImage.headerSize) + UInt64(header.dataSize)
  }

  /// Detects the environment of U-Boot by its CRC; without a valid one it is likely at best.
  ///
  /// Source: `struct environment_s` of U-Boot's `include/env_internal.h`.
  init?(environment source: ContentsSource) throws(StorageError) {
    // With two copies, a flag says which one counts.
    guard let start = [4, 5].first(where: { Self.isVariable(source.head, at: $0) }) else {
      return nil
    }
    let stored = [source.head.little(at: 0, 4), source.head.big(at: 0, 4)]
    let bytes = try source.bytes(at: 0, count: Self.environmentSizes.last ?? 0)
    let variables = bytes[start...].split(
      separator: 0, maxSplits: 4096, omittingEmptySubsequences: false
    ).prefix { !$0.isEmpty }
    guard variables.allSatisfy({ $0.contains(UInt8(ascii: "=")) }) else { return nil }
    facts = [variables.count.pluralized("variable")]
    var register = UInt32.max
    var end = start
    for size in Self.environmentSizes where size <= bytes.count {
      register = jffs2CRC(bytes.span.extracting(end..<size), initial: register)
      end = size
      if stored.contains(UInt64(~register)) {
        length = UInt64(size)
        facts.append("CRC valid")
        return
      }
    }
    let names = variables.map { String(decoding: $0.prefix { $0 != 0x3D }, as: UTF8.self) }
    let usual = ["bootcmd", "bootargs", "bootdelay", "baudrate", "ethaddr", "ipaddr", "serverip"]
    guard names.count(where: usual.contains) >= 2 else { return nil }
    isCertain = false
    facts.append("CRC wrong")
  }

  private static let environmentSizes =
    [256, 512, 1024, 2048] + stride(from: 4096, through: 256 << 10, by: 4096)

  /// Whether a name and `=` are at an offset.
  private static func isVariable(_ head: [UInt8], at offset: Int) -> Bool {
    guard head.count >= 256 else { return false }
    let name = head[offset..<offset + 64].prefix {
      0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0
        || [0x5F, 0x2E, 0x2D].contains($0)
    }
    return name.count >= 2 && head[offset + name.count] == UInt8(ascii: "=")
  }

  /// Detects U-Boot itself by the text with which it reports its version.
  init?(uBoot source: ContentsSource) throws(StorageError) {
    let prefix = Array("U-Boot ".utf8)
    let bytes = try source.bytes(at: 0, count: 4 << 20)
    var index = 0
    while let found = bytes[index...].firstIndex(of: prefix[0]) {
      index = found + 1
      guard bytes[found...].starts(with: prefix) else { continue }
      let text = bytes[found...].prefix(96).prefix { 0x20...0x7E ~= $0 }
      let version = String(decoding: text, as: UTF8.self)
      let words = version.split(separator: " ").dropFirst()
      guard let number = words.first(where: { $0 != "SPL" && $0 != "TPL" }),
        Self.isVersion(number), version.contains("(")
      else { continue }
      summary = [version]
      return
    }
    return nil
  }

  /// `2010.06`, `1.1.3`, `2016.05-rc3`.
  private static func isVersion(_ text: Substring) -> Bool {
    let parts = text.prefix { $0 != "-" && $0 != "+" }.split(separator: ".")
    return parts.count >= 2 && parts.count <= 3 && parts.allSatisfy { Int($0) != nil }
  }
}

extension UImage {
  /// The name of an image of its type.
  var title: String {
    let names = [
      2: "a kernel image", 3: "a ramdisk image", 4: "an image of several files",
      5: "a firmware image", 6: "a script image", 7: "a filesystem image", 8: "a device tree image",
    ]
    return names[Int(type)] ?? "a U-Boot image"
  }

  /// The title with the name and the compression.
  var description: String {
    summary.isEmpty ? title : "\(title) (\(summary.joined(separator: ", ")))"
  }

  /// The name and the compression.
  var summary: [String] {
    let text = String(decoding: name, as: UTF8.self).escapingControlCharacters
    return (text.isEmpty ? [] : [text]) + (compression == .none ? [] : [compression.name])
  }
}
