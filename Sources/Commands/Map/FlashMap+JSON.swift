internal import JFFS2

extension FlashMap {
  /// All blocks with their bytes by state.
  package var document: some Encodable {
    Document(
      partitions: hasSeveralParts ? parts : nil,
      fileSystems: fileSystems.map(Document.FileSystem.init))
  }

  private struct Document: Encodable {
    typealias Bytes = FileSystemReport.Bytes

    struct Block: Encodable {
      let number: Int
      let offset: UInt64
      let bytes: Bytes
    }

    struct FileSystem: Encodable {
      let name: String
      let offset: UInt64
      let length: UInt32
      let eraseSize: UInt32
      let bytes: Bytes
      let blocks: [Block]

      init(_ fileSystem: FlashMap.FileSystem) {
        name = fileSystem.name
        (offset, length) = (fileSystem.offset, fileSystem.length)
        eraseSize = fileSystem.usage.blockSize
        bytes = Bytes(fileSystem.usage.bytes)
        blocks = fileSystem.usage.blocks.enumerated().map { number, block in
          Block(
            number: number, offset: fileSystem.offset(ofBlock: number), bytes: Bytes(block.bytes))
        }
      }
    }

    let partitions: [PartReport]?
    let fileSystems: [FileSystem]
  }
}
