internal import JFFS2

/// `jffs2 map`: what each erase block of each file system is used for.
package struct FlashMap: Sendable {
  struct FileSystem: Sendable {
    let name: String
    /// Where the file system begins in the image.
    let offset: UInt64
    let length: UInt32
    let usage: LogUsage
    let volume: Volume

    /// Where a block begins in the image.
    func offset(ofBlock number: Int) -> UInt64 {
      offset + UInt64(number) * UInt64(usage.blockSize)
    }

    /// The blocks of each of `count` cells of as many blocks; the last may hold fewer.
    func cells(ofBlocks perCell: Int) -> [MapCell] {
      stride(from: 0, to: usage.blocks.count, by: perCell).map { first in
        let blocks = first..<min(first + perCell, usage.blocks.count)
        return MapCell(
          blocks: blocks, bytes: usage.blocks[blocks].reduce(into: ByteCounts()) { $0 += $1.bytes })
      }
    }
  }

  let fileSystems: [FileSystem]

  /// Looks at all file systems.
  ///
  /// - Throws: ``CommandFailure`` with `.unreadable` where the firmware cannot be read.
  package init(_ firmware: OpenedFirmware) throws(CommandFailure) {
    var fileSystems: [FileSystem] = []
    for fileSystem in firmware.fileSystems {
      do throws(JFFS2Error) {
        fileSystems.append(
          FileSystem(
            name: fileSystem.name, offset: fileSystem.volume.range.start,
            length: fileSystem.volume.range.length, usage: try LogUsage(fileSystem.volume),
            volume: fileSystem.volume))
      } catch {
        throw CommandFailure("\(firmware.path): \(error)", .unreadable)
      }
    }
    self.fileSystems = fileSystems
  }
}

/// One or more erase blocks that are drawn as one.
struct MapCell: Sendable {
  let blocks: Range<Int>
  let bytes: ByteCounts

  /// What most of the bytes are used for.
  var dominant: ByteState {
    ByteState.allCases.max { bytes[$0] < bytes[$1] } ?? .free
  }

  /// Whether an eighth or more is used for something else, or anything is damaged.
  var isMixed: Bool {
    bytes[dominant] <= bytes.total / 8 * 7 || (bytes[.damaged] > 0 && dominant != .damaged)
  }

  /// What a picture with one colour a cell shows: damage first, so that none is overlooked.
  var shown: ByteState { bytes[.damaged] > 0 ? .damaged : dominant }
}
