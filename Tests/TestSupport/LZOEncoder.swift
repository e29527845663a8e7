/// Writes LZO1X blocks with a simple greedy search, and shows which instructions it used.
package struct LZOEncoder {
  /// The kinds of instruction that a block consists of.
  package enum Instruction: CaseIterable, Sendable {
    case firstLiterals, shortRun, longRun, trailingLiterals
    case twoBytes, threeBytesAfterRun, near, middle, middleLong, far, farLong
  }

  /// The compressed block with its end mark.
  package private(set) var block: [UInt8] = []
  /// The kinds that occur in ``block``.
  package private(set) var used: Set<Instruction> = []

  private let data: [UInt8]
  /// Where the low two bits take the number of literals after the last match.
  private var countIndex: Int?
  private var literals = 0

  /// Compresses `data`.
  package init(_ data: [UInt8]) {
    self.data = data
    var latestTriple: [Int: Int] = [:]
    var latestPair: [Int: Int] = [:]
    var position = 0
    var pending = 0

    while position < data.count {
      let start = position
      var match: (length: Int, distance: Int)?
      if position + 3 <= data.count, let triple = latestTriple[key(position, 3)] {
        match = candidate(at: position, earlier: triple, literals: position - pending)
      }
      if match == nil, 1...3 ~= position - pending, pending > 0, position + 2 <= data.count,
        let pair = latestPair[key(position, 2)], position - pair <= 1024
      {
        match = (2, position - pair)
      }
      if let match {
        putLiterals(pending..<position)
        putMatch(length: match.length, distance: match.distance)
        position += match.length
        pending = position
      } else {
        position += 1
      }
      for passed in start..<position {
        if passed + 3 <= data.count { latestTriple[key(passed, 3)] = passed }
        if passed + 2 <= data.count { latestPair[key(passed, 2)] = passed }
      }
    }
    putLiterals(pending..<data.count)
    block += [0x11, 0, 0]
  }

  private func key(_ position: Int, _ length: Int) -> Int {
    data[position..<position + length].reduce(0) { $0 << 8 | Int($1) }
  }

  private func candidate(
    at position: Int, earlier: Int, literals: Int
  ) -> (length: Int, distance: Int)? {
    let distance = position - earlier
    guard distance <= 49151 else { return nil }
    var length = 3
    while position + length < data.count, data[earlier + length] == data[position + length] {
      length += 1
    }
    return (length, distance)
  }

  private mutating func putLiterals(_ range: Range<Int>) {
    let count = range.count
    literals = min(count, 4)
    guard count > 0 else { return }
    if block.isEmpty, count <= 238 {
      used.insert(.firstLiterals)
      block.append(UInt8(17 + count))
    } else if count <= 3, let countIndex {
      used.insert(.trailingLiterals)
      block[countIndex] |= UInt8(count)
    } else {
      used.insert(count <= 18 ? .shortRun : .longRun)
      putLength(count - 3, fieldSize: 15, into: 0)
    }
    block += data[range]
  }

  private mutating func putMatch(length: Int, distance: Int) {
    if length == 2 {
      used.insert(.twoBytes)
      putNear(((distance - 1) & 3) << 2, (distance - 1) >> 2)
    } else if length == 3, literals == 4, 2049...3072 ~= distance {
      used.insert(.threeBytesAfterRun)
      putNear(((distance - 2049) & 3) << 2, (distance - 2049) >> 2)
    } else if length <= 8, distance <= 2048 {
      used.insert(.near)
      putNear((length - 1) << 5 | ((distance - 1) & 7) << 2, (distance - 1) >> 3)
    } else if distance <= 16384 {
      used.insert(length <= 33 ? .middle : .middleLong)
      putLength(length - 2, fieldSize: 31, into: 32)
      putWord(distance - 1)
    } else {
      used.insert(length <= 9 ? .far : .farLong)
      putLength(length - 2, fieldSize: 7, into: distance >= 32768 ? 24 : 16)
      putWord(distance & 0x3FFF)
    }
  }

  private mutating func putNear(_ first: Int, _ second: Int) {
    countIndex = block.count
    block += [UInt8(first), UInt8(second)]
  }

  private mutating func putWord(_ distance: Int) {
    countIndex = block.count
    block += [UInt8(distance << 2 & 0xFF), UInt8(distance >> 6)]
  }

  private mutating func putLength(_ length: Int, fieldSize: Int, into instruction: UInt8) {
    guard length > fieldSize else { return block.append(instruction | UInt8(length)) }
    var rest = length - fieldSize
    block.append(instruction)
    while rest > 255 {
      block.append(0)
      rest -= 255
    }
    block.append(UInt8(rest))
  }
}
