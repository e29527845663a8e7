internal import Firmware
internal import JFFS2

/// `jffs2 map`: what each erase block of each file system is used for.
package struct FlashMap: Sendable {
  struct FileSystem: Sendable {
    let name: String
    /// The offset of the file system in the image.
    let offset: UInt64
    let length: UInt32
    let usage: LogUsage
    private let range: FlashRange
    private let tree: ImageTree
    private let root: ImageTree.Node

    fileprivate init(_ index: Int, of firmware: OpenedFirmware) throws(JFFS2Error) {
      let fileSystem = firmware.fileSystems[index]
      name = fileSystem.name
      offset = fileSystem.partition.offset
      range = fileSystem.volume.range
      length = range.length
      usage = try LogUsage(fileSystem.volume)
      tree = ImageTree(firmware)
      root = tree.rootOfFileSystem(index)
    }

    /// A short path to each of the inodes that one leads to, for titles.
    func paths(of inodes: Set<UInt32>) -> [UInt32: String] {
      let (mostNames, mostBytes) = (64, 160)
      var paths: [UInt32: String] = [:]
      var walk = TreeWalk(tree, from: root)
      while paths.count < inodes.count, let step = walk.next() {
        guard case .entry(let node, _) = step, inodes.contains(node.ino), paths[node.ino] == nil,
          walk.depth <= mostNames
        else { continue }
        let path = [0x2F] + walk.path
        paths[node.ino] =
          path.count <= mostBytes
          ? DisplayName.inMessages.text(path)
          : "…" + DisplayName.inMessages.text(Array(path.suffix(mostBytes)))
      }
      return paths
    }

    /// The offset of a block in the image.
    func offset(ofBlock number: Int) -> UInt64 {
      let start = UInt64(number) * UInt64(usage.blockSize)
      return range.imageOffset(UInt32(clamping: min(start, UInt64(length))))
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

  /// Examines all file systems.
  ///
  /// - Throws: ``CommandFailure`` with `.unreadable` where the firmware cannot be read.
  package init(_ firmware: OpenedFirmware) throws(CommandFailure) {
    var fileSystems: [FileSystem] = []
    for index in firmware.fileSystems.indices {
      do throws(JFFS2Error) {
        fileSystems.append(try FileSystem(index, of: firmware))
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

  /// The most frequent use of the bytes.
  var dominant: ByteState {
    ByteState.allCases.max { bytes[$0] < bytes[$1] } ?? .free
  }

  /// Whether an eighth or more is used for something else, or anything is damaged.
  var isMixed: Bool {
    bytes[dominant] <= bytes.total / 8 * 7 || (bytes[.damaged] > 0 && dominant != .damaged)
  }

  /// The state shown by a map with one color per cell: damage first, so that it is always visible.
  var shown: ByteState { bytes[.damaged] > 0 ? .damaged : dominant }
}
