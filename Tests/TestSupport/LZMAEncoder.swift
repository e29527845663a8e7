private import LibLZMA

/// Writes bare LZMA1 data without size or end marker.
package enum LZMAEncoder {
  /// Compresses `data`; the defaults are OpenWrt's.
  package static func encode(
    _ data: [UInt8], lc: UInt32 = 0, lp: UInt32 = 0, pb: UInt32 = 0
  ) -> [UInt8] {
    var options = lzma_options_lzma()
    precondition(lzma_lzma_preset(&options, 6) == 0)
    options.dict_size = 0x2000
    options.lc = lc
    options.lp = lp
    options.pb = pb
    // LZMA1EXT is LZMA1 that need not write an end marker.
    options.ext_flags = 0
    options.ext_size_low = UInt32(data.count)
    options.ext_size_high = 0
    var output = [UInt8](repeating: 0, count: data.count * 2 + 256)
    var count = 0
    let result = withUnsafeMutableBytes(of: &options) { options in
      let filters = [
        lzma_filter(id: 0x4000_0000_0000_0002, options: options.baseAddress),
        lzma_filter(id: .max, options: nil),
      ]
      return lzma_raw_buffer_encode(
        filters, nil, data, data.count, &output, &count, output.count)
    }
    precondition(result == LZMA_OK)
    return Array(output.prefix(count))
  }

  /// Compresses `data` after five property bytes, as the patch of 2008 does.
  package static func encodeWithProperties(_ data: [UInt8]) -> [UInt8] {
    let properties: [UInt8] = [(2 * 5 + 0) * 9 + 3, 0x00, 0x20, 0, 0]
    return properties + encode(data, lc: 3, lp: 0, pb: 2)
  }
}
