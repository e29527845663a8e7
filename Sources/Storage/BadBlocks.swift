internal import CStorage
internal import Support
internal import SystemPackage

/// The erase blocks of an MTD device marked as bad by the manufacturer or the driver. Reading them would fail or give garbage.
struct BadBlocks: Equatable, Sendable {
  private let eraseSize: UInt64
  /// The numbers of the bad blocks, ascending.
  private let numbers: [UInt64]

  /// - Parameters:
  ///   - eraseSize: The bytes of an erase block, above 0.
  ///   - numbers: Blocks counted from the device's start.
  init(eraseSize: UInt64, numbers: [UInt64]) {
    self.eraseSize = eraseSize
    self.numbers = numbers.sorted()
  }

  /// Asks the driver about every block.
  ///
  /// - Returns: nil where no block is bad.
  static func find(
    _ descriptor: Int32, _ byteCount: UInt64, _ path: String
  ) throws(StorageError) -> BadBlocks? {
    let eraseSize = cstorage_mtd_erase_size(descriptor)
    guard eraseSize >= 0 else {
      throw StorageError(
        .open, path: path, underlyingError: Errno(rawValue: Int32(truncatingIfNeeded: -eraseSize)))
    }
    // Memories that can be written byte by byte may have blocks of one byte or none, and no bad blocks.
    guard eraseSize >= 512 else { return nil }
    var numbers: [UInt64] = []
    for offset in stride(from: 0, to: byteCount, by: Int(eraseSize)) {
      let answer = cstorage_mtd_is_bad_block(descriptor, Int64(offset))
      guard answer >= 0 else {
        throw StorageError(
          .open, path: path, offset: offset, underlyingError: Errno(rawValue: -answer))
      }
      if answer > 0 { numbers.append(offset / UInt64(eraseSize)) }
    }
    return numbers.isEmpty ? nil : BadBlocks(eraseSize: UInt64(eraseSize), numbers: numbers)
  }

  /// Whether the block at an offset is bad, and where it ends; valid ones are taken together.
  func run(at offset: UInt64) -> (isBad: Bool, end: UInt64) {
    let number = offset / eraseSize
    let index = partition(numbers.count) { numbers[$0] >= number }
    guard index < numbers.count else { return (false, .max) }
    let next = numbers[index]
    return next == number ? (true, (number + 1) * eraseSize) : (false, next * eraseSize)
  }
}
