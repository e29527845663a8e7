internal import Storage

/// U-Boot's newer image format: a device tree blob whose node `/images` has the payloads.
struct FlattenedImageTree {
  /// The blob's own bytes.
  let blob: Range<UInt64>
  /// The ranges of the payloads, in order and without overlap.
  let payloads: [Range<UInt64>]

  /// - Returns: nil where there is none, or a device tree without images.
  init?(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) {
    let start = range.lowerBound
    let header = try image.bytes(at: start, count: 40, within: range)
    guard header.count == 40, header.bigEndian32(at: 0) == 0xD00D_FEED else { return nil }
    blob = start..<min(range.upperBound, start + UInt64(header.bigEndian32(at: 4)))
    var walk = Walk(
      image, blob, structure: start + UInt64(header.bigEndian32(at: 8)),
      strings: start + UInt64(header.bigEndian32(at: 12)))
    try walk.run()
    guard walk.sawImages else { return nil }
    let end = blob.upperBound + (4 - (blob.upperBound - start) % 4) % 4
    var all = walk.payloads
    for external in walk.externals {
      guard let size = external.size, size > 0,
        let place = external.position.map({ start + UInt64($0) })
          ?? external.offset.map({ end + UInt64($0) }),
        place < range.upperBound
      else { continue }
      all.append(place..<min(range.upperBound, place + UInt64(size)))
    }
    var apart: [Range<UInt64>] = []
    for payload in all.sorted(by: { $0.lowerBound < $1.lowerBound })
    where payload.lowerBound >= apart.last?.upperBound ?? 0 {
      apart.append(payload)
    }
    payloads = apart
  }

  /// A payload after the blob, with its known properties.
  private struct External {
    var offset: UInt32?
    var position: UInt32?
    var size: UInt32?
  }

  /// Iterates over the nodes and properties once.
  private struct Walk {
    let image: FlashImage
    let blob: Range<UInt64>
    let strings: UInt64
    var place: UInt64
    var sawImages = false
    var payloads: [Range<UInt64>] = []
    var externals: [External] = []
    private var depth = 0
    private var isInImages = false

    init(_ image: FlashImage, _ blob: Range<UInt64>, structure: UInt64, strings: UInt64) {
      self.image = image
      self.blob = blob
      self.place = structure
      self.strings = strings
    }

    mutating func run() throws(StorageError) {
      // A real one has a few dozen.
      for _ in 0..<65536 {
        guard let token = try number(at: place) else { return }
        place += 4
        switch token {
        case 1: try begin()
        case 2:
          depth -= 1
          if depth == 1 { isInImages = false }
          if depth <= 0 { return }
        case 3: guard try property() else { return }
        case 4: continue
        default: return
        }
      }
    }

    private mutating func begin() throws(StorageError) {
      let name = try text(at: place)
      place += UInt64((name.count + 4) / 4 * 4)
      depth += 1
      if depth == 2 {
        isInImages = name == Array("images".utf8)
        sawImages = sawImages || isInImages
      }
      if depth == 3, isInImages, externals.count < 64 { externals.append(External()) }
    }

    private mutating func property() throws(StorageError) -> Bool {
      guard let length = try number(at: place), let nameOffset = try number(at: place + 4) else {
        return false
      }
      let value = place + 8
      place = value + (UInt64(length) + 3) / 4 * 4
      guard depth == 3, isInImages, let last = externals.indices.last else { return true }
      switch String(decoding: try text(at: strings + UInt64(nameOffset)), as: UTF8.self) {
      case "data" where length > 0 && value < blob.upperBound && payloads.count < 64:
        payloads.append(value..<min(blob.upperBound, value + UInt64(length)))
      case "data-offset": externals[last].offset = try number(at: value)
      case "data-position": externals[last].position = try number(at: value)
      case "data-size": externals[last].size = try number(at: value)
      default: break
      }
      return true
    }

    private func number(at offset: UInt64) throws(StorageError) -> UInt32? {
      let bytes = try image.bytes(at: offset, count: 4, within: blob)
      return bytes.count == 4 ? bytes.bigEndian32(at: 0) : nil
    }

    private func text(at offset: UInt64) throws(StorageError) -> [UInt8] {
      let bytes = try image.bytes(at: offset, count: 256, within: blob)
      return Array(bytes.prefix { $0 != 0 })
    }
  }
}
