internal import JFFS2
package import Storage

extension [Partition] {
  /// All parts of the image that holds the file systems, or of the file where they are in several.
  ///
  /// Reads all of it that is in no file system.
  ///
  /// - Parameters:
  ///   - file: The firmware as it is.
  ///   - range: What of it is read.
  package func parts(
    of file: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> FlashParts {
    let areas = compactMap(\.area)
    var area = FlashArea(
      file, range, hasGivenTable: areas.contains(where: \.hasGivenTable))
    if let first = areas.first, first.image !== file,
      areas.allSatisfy({ $0.image === first.image })
    {
      area = first
    }
    let inside = filter { $0.area?.image === area.image }
    let outsideUBI = inside.filter { !$0.containers.contains(where: \.isUBIVolume) }
    return try FlashParts(
      area, table: inside.lazy.map(\.table).first { !$0.isEmpty } ?? [],
      fileSystems: outsideUBI.filter { !$0.isAlias }.map {
        (name: $0.name, range: $0.offset..<$0.offset + UInt64($0.range.length))
      })
  }
}
