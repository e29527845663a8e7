internal import JFFS2
internal import Storage

/// A U-Boot image somewhere in a file, and what holds JFFS2 in its data.
struct EmbeddedImage {
  let range: Range<UInt64>
  let payloads: [ContainerPayload]
  /// Whether it certainly ends where ``range`` does: the CRC of its data is right.
  let isIntact: Bool

  /// Whether it is an image for sure, with its end, or has payloads that are only in it.
  func isCertain(in image: FlashImage) -> Bool {
    isIntact || payloads.contains { $0.image !== image }
  }
}

extension ContainerSession {
  /// The payloads with JFFS2 after a container and the padding that may follow it.
  mutating func following(
    _ image: FlashImage, _ range: Range<UInt64>, _ depth: Int, _ member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let start = try storage { () throws(StorageError) in try image.endOfPadding(range) }
    guard let start else { return [] }
    let rest = start..<range.upperBound
    let found = try scattered(image, rest, depth: depth, member: member)
    return found.isEmpty ? try attempt(image, rest, depth: depth + 1, member: member) : found
  }

  /// The payloads of the U-Boot images anywhere in the range, and what holds JFFS2 between them; empty if none of the images does.
  ///
  /// Next to other JFFS2, only images with a right data CRC count, or compressed ones: the others may end elsewhere, and the search for
  /// nodes finds what is in them.
  mutating func scattered(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?,
    onProgress: ((UInt64) -> Void)? = nil
  ) throws(FirmwareError) -> [ContainerPayload] {
    let images = try embedded(image, range, depth: depth, member: member, onProgress: onProgress)
    guard !images.isEmpty else { return [] }
    let certain = images.filter { $0.isCertain(in: image) }
    var beside = try between(images, image, range, depth: depth, member: member)
    if certain.count < images.count {
      if images.count == 1, beside.allSatisfy(\.isEmpty) { return images[0].payloads }
      let flaws = images.filter { !$0.isCertain(in: image) }.flatMap { $0.payloads[0].flaws }
      guard !certain.isEmpty else {
        let whole = ContainerPayload(
          image: image, range: range, containers: [], warnings: flaws, flaws: flaws)
        return member == nil ? [whole] : []
      }
      beside = try between(certain, image, range, depth: depth, member: member).map { found in
        found.map { flaws.reduce($0) { $0.warned($1, isFlaw: true) } }
      }
    }
    return beside[0] + zip(certain, beside.dropFirst()).flatMap { $0.payloads + $1 }
  }

  /// The payloads with JFFS2 before the first image, and after each.
  private mutating func between(
    _ images: [EmbeddedImage], _ image: FlashImage, _ range: Range<UInt64>, depth: Int,
    member: String?
  ) throws(FirmwareError) -> [[ContainerPayload]] {
    let starts = [range.lowerBound] + images.map(\.range.upperBound)
    let ends = images.map(\.range.lowerBound) + [range.upperBound]
    var found: [[ContainerPayload]] = []
    for (start, end) in zip(starts, ends) {
      let first = try storage { () throws(StorageError) in try image.endOfPadding(start..<end) }
      guard let first else {
        found.append([])
        continue
      }
      found.append(try attempt(image, first..<end, depth: depth + 1, member: member))
    }
    return found
  }

  /// The U-Boot images anywhere in the range that hold JFFS2 in their data.
  private mutating func embedded(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?,
    onProgress: ((UInt64) -> Void)?
  ) throws(FirmwareError) -> [EmbeddedImage] {
    let headers = try storage { () throws(StorageError) in
      try UImage.find(in: image, range, onProgress: onProgress)
    }
    guard !headers.isEmpty, try !hasSpareAreas(image, range) else { return [] }
    var found: [EmbeddedImage] = []
    for (start, header) in headers {
      let end = min(
        range.upperBound, start + UInt64(UImage.headerSize) + UInt64(header.dataSize))
      guard try !isInNode(image, range, start) else { continue }
      let payloads = try attempt(image, start..<end, depth: depth + 1, member: member)
      guard let first = payloads.first else { continue }
      found.append(
        EmbeddedImage(
          range: start..<end, payloads: payloads,
          isIntact: first.containers.first?.isIntact == true))
    }
    return found
  }

  /// Whether a place is in the data of an inode node: what is there is a part of a file in JFFS2.
  private func isInNode(
    _ image: FlashImage, _ range: Range<UInt64>, _ offset: UInt64
  ) throws(FirmwareError) -> Bool {
    // Linux writes a page per node: 4 KiB, on some machines 64 KiB.
    let reach = UInt64(RawInode.size + 64 << 10)
    let start = max(range.lowerBound, offset - min(offset, reach))
    let bytes = try storage { () throws(StorageError) in
      try image.bytes(at: start, count: Int(offset - start), within: range)
    }
    let dialects = Dialect.all
    for index in 0..<max(0, bytes.count - RawInode.size + 1)
    where bytes[index] == 0x19 || bytes[index + 1] == 0x19 {
      let rest = bytes.span.extracting(index..<bytes.count)
      let isNode = dialects.contains { dialect in
        guard let header = NodeHeader(parsing: rest, dialect: dialect) else { return false }
        return header.type.accurate == .inode
          && start + UInt64(index) + UInt64(header.totalLength) > offset
          && RawInode.hasValidNodeCRC(rest, dialect.endianness)
      }
      if isNode { return true }
    }
    return false
  }
}

extension Container {
  fileprivate var isIntact: Bool {
    if case .uImage(let header, _) = self { header.data == .checked(.good) } else { false }
  }
}

extension [ContainerPayload] {
  /// These payloads, and those with JFFS2 after their container. If opening the latter fails and this is not empty, the error becomes
  /// a warning.
  func followed(
    by rest: Range<UInt64>, _ container: Container, flaws: [String] = [],
    _ following: () throws(FirmwareError) -> [ContainerPayload]
  ) throws(FirmwareError) -> [ContainerPayload] {
    do throws(FirmwareError) {
      let behind = try following()
      guard isEmpty, behind.count == 1 else { return self + behind }
      return behind.map {
        $0.inside(
          container,
          warnings: flaws + ["the file system is after \(container.kind), not in it"],
          flaws: flaws)
      }
    } catch {
      guard !isEmpty, !error.isOfSystem else { throw error }
      let place = String(rest.lowerBound, radix: 16)
      return map { $0.warned("after \(container.kind), at 0x\(place): \(error)") }
    }
  }
}
