internal import JFFS2
package import Storage

extension [Partition] {
  /// All parts of the image that holds the file systems, or of the file where they are in several.
  ///
  /// Reads all of it that is in no file system.
  ///
  /// - Parameter file: The firmware as it is.
  package func parts(of file: FlashImage) throws(StorageError) -> FlashParts {
    let areas = compactMap(\.area)
    var area = FlashArea(file, 0..<file.byteCount)
    if let first = areas.first, first.image !== file,
      areas.allSatisfy({ $0.image === first.image })
    {
      area = first
    }
    let inside = filter { partition in
      partition.area?.image === area.image
        && !partition.containers.contains(where: \.isUBIVolume)
    }
    return try FlashParts(
      area, table: inside.lazy.map(\.table).first { !$0.isEmpty } ?? [],
      isGiven: inside.contains { if case .givenTable = $0.source { true } else { false } },
      fileSystems: inside.filter { !$0.isAlias }.map {
        (name: $0.name, range: $0.offset..<$0.offset + UInt64($0.range.length))
      })
  }
}
