internal import Storage
internal import Support

extension Detected {
  /// Detects a UBI device by the CRCs of its headers, and lists its volumes.
  init?(ubi source: ContentsSource) throws(StorageError) {
    guard UBIEraseCounterHeader(parsing: source.head.span) != nil else { return nil }
    var search = UBIHeaderSearch(from: source.range.lowerBound)
    var window = ReadWindow(source.image, source.range)
    var offset = source.range.lowerBound
    while offset < source.range.upperBound {
      try window.move(to: offset, wanted: UBIEraseCounterHeader.size)
      let bytes = window.bytes(from: offset)
      search.record(bytes, at: offset)
      let overlap = window.range.upperBound == source.range.upperBound ? 0 : 63
      offset += UInt64(bytes.count - overlap)
    }
    let devices = try UBIDevice.locate(source.image, source.range, search.offsets)
    guard let device = devices.first, device.range.lowerBound == source.range.lowerBound,
      let assembly = try UBIAssembly.devices(device, source.image).first
    else {
      isCertain = false
      return
    }
    length = assembly.range.upperBound - assembly.range.lowerBound
    let names = assembly.volumes.map(\.name)
    let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    summary = names.isEmpty ? [] : ["\(names.count == 1 ? "volume" : "volumes") \(shown)"]
    if !assembly.damaged.isEmpty {
      summary.append("\(assembly.damaged.count.pluralized("block")) with damaged headers")
    }
    facts = ["blocks of \(device.layout.blockSize.asByteCount)"]
  }
}
