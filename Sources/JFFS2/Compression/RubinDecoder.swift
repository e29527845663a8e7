/// Rubin coding: a binary arithmetic coder with 16-bit registers and one fixed probability for each bit of a byte.
enum RubinDecoder {
  /// Decompresses either kind, since the number on disk does not identify it.
  ///
  /// Linux swapped the two numbers within 2.6. Only the right kind ends in the payload's last byte and with the bits that
  /// the encoder put there, but for rare accidents. The dynamic kind is tried first: no other was ever written by default.
  /// If neither ends with those bits, the last byte alone must do.
  @_lifetime(chunk: copy chunk)
  static func decompress(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    for isStrict in [true, false] {
      if let model = RubinModel(payload),
        decode(
          payload.extracting(droppingFirst: RubinModel.byteCount), model, isStrict: isStrict,
          into: &chunk)
      {
        return
      }
      if decode(payload, .mips, isStrict: isStrict, into: &chunk) { return }
    }
    throw CorruptPayload()
  }

  /// Whether the bits fill the chunk and end in the payload's last byte; if `isStrict`, also with the interval's lower end,
  /// which is what `end_rubin` finishes with.
  ///
  /// The driver reads zeros past the end. Nothing that gets there ends in the last byte, so it is refused at once.
  @_lifetime(chunk: copy chunk)
  private static func decode(
    _ payload: Span<UInt8>, _ model: RubinModel, isStrict: Bool,
    into chunk: inout MutableSpan<UInt8>
  ) -> Bool {
    guard payload.count >= 2 else { return false }
    // The interval [low, low + width) of the code's first 16 bits.
    var low: UInt32 = 0
    var width: UInt32 = 1 << 16
    var code = UInt32(payload[0]) << 8 | UInt32(payload[1])
    var bitsRead = 16
    let bitCount = payload.count * 8

    for index in chunk.indices {
      var byte: UInt8 = 0
      for bit in 0..<8 {
        // At least 2 wide after this, so that both parts below are at least 1 wide.
        while low >= 0x8000 || low + width <= 0x8000 {
          guard bitsRead < bitCount else { return false }
          let next = payload[bitsRead >> 3] >> UInt8(7 - bitsRead & 7) & 1
          bitsRead += 1
          low = (low & 0x7FFF) << 1
          width <<= 1
          code = (code & 0x7FFF) << 1 | UInt32(next)
        }
        let zeros = model.divider - model.ones[bit]
        let split = min(max(zeros * width / model.divider, 1), width - 1)
        if code >= low + split {
          low += split
          width -= split
          byte |= 1 << UInt8(bit)
        } else {
          width = split
        }
      }
      chunk[index] = byte
    }
    return (bitsRead + 7) / 8 == payload.count && (!isStrict || code == low)
  }
}

/// The frequency of 1 for each bit of a byte, lowest bit first: `ones` of `divider` times.
private struct RubinModel {
  let divider: UInt32
  let ones: [8 of UInt32]

  /// The number of bytes that a model takes at the start of a payload.
  static let byteCount = 8

  /// The weights of rubinmips, the same for all payloads.
  static let mips = RubinModel(
    divider: 1043, ones: [277, 249, 290, 267, 229, 341, 212, 241])

  private init(divider: UInt32, ones: [8 of UInt32]) {
    self.divider = divider
    self.ones = ones
  }

  /// Reads the weights that begin a dynrubin payload.
  init?(_ payload: Span<UInt8>) {
    guard payload.count >= Self.byteCount else { return nil }
    self.init(divider: 256, ones: [8 of UInt32] { UInt32(payload[$0]) })
  }
}
