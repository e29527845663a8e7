internal import Firmware
package import FirmwareAccess
internal import JFFS2
internal import SystemPackage

/// `jffs2 map`: what each erase block of each file system is used for.
package struct FlashMap: Sendable {
  struct FileSystem: Sendable {
    let name: String
    /// The offset of the file system in the image.
    let offset: UInt64
    let length: UInt32
    let usage: FlashUsage
    private let range: FlashRange
    private let index: PathIndex

    fileprivate init(_ index: Int, of firmware: FirmwareImage) throws(JFFS2Error) {
      let fileSystem = firmware.fileSystems[index]
      name = fileSystem.name
      offset = fileSystem.partition.offset
      range = fileSystem.volume.range
      length = range.length
      usage = try FlashUsage(fileSystem.volume)
      self.index = fileSystem.volume.pathIndex
    }

    /// A short path to each of the inodes that one leads to, for titles.
    func paths(of inodes: Set<UInt32>) -> [UInt32: String] {
      let maximumLength = 160
      var paths: [UInt32: String] = [:]
      for ino in inodes {
        guard let path = index.paths(of: ino, atMost: 1, longest: maximumLength).paths.first else {
          continue
        }
        let text = DisplayName.inMessages.text(path)
        paths[ino] = text.hasPrefix("…/") ? text : "/" + text
      }
      return paths
    }

    /// The offset of a block in the image.
    func offset(ofBlock number: Int) -> UInt64 {
      let start = UInt64(number) * UInt64(usage.blockSize)
      return range.imageOffset(UInt32(clamping: min(start, UInt64(length))))
    }

    /// The cells of a map with that many blocks in each; the last may have fewer.
    func cells(ofBlocks perCell: Int) -> [MapCell] {
      stride(from: 0, to: usage.blocks.count, by: perCell).map { first in
        let blocks = first..<min(first + perCell, usage.blocks.count)
        return MapCell(
          blocks: blocks, bytes: usage.blocks[blocks].reduce(into: UsageCounts()) { $0 += $1.bytes }
        )
      }
    }
  }

  /// The firmware's file name.
  let title: String
  /// All parts of the flash memory by their offsets, aliases aside; one if a file system is all of it.
  let parts: [PartReport]
  let fileSystems: [FileSystem]

  /// Inspects all file systems, and the data next to them.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where the firmware cannot be read.
  package init(_ firmware: FirmwareImage) throws(ProgramError) {
    var fileSystems: [FileSystem] = []
    for index in firmware.fileSystems.indices {
      do throws(JFFS2Error) {
        fileSystems.append(try FileSystem(index, of: firmware))
      } catch {
        throw ProgramError("\(firmware.path): \(error)", .failure)
      }
    }
    self.fileSystems = fileSystems
    title = FilePath(firmware.path).lastComponent?.string ?? firmware.path
    parts = try firmware.parts().files.map { PartReport($1, file: $0, []) }
  }

  /// Whether there is anything beside one file system, or one part without JFFS2.
  package var hasSeveralParts: Bool { parts.count > 1 }

  /// The bytes of all parts.
  var byteCount: UInt64 { parts.reduce(0) { $0 + $1.length } }
}

/// One or more erase blocks that are drawn as one.
struct MapCell: Sendable {
  let blocks: Range<Int>
  let bytes: UsageCounts

  /// The use of most of the bytes.
  var dominant: ByteUsage {
    ByteUsage.allCases.max { bytes[$0] < bytes[$1] } ?? .free
  }

  /// Whether an eighth or more is used for something else, or anything is damaged.
  var isMixed: Bool {
    bytes[dominant] <= bytes.total / 8 * 7 || (bytes[.damaged] > 0 && dominant != .damaged)
  }

  /// The use that an image with one color per cell shows: damage first, so that none is overlooked.
  var shown: ByteUsage { bytes[.damaged] > 0 ? .damaged : dominant }
}
