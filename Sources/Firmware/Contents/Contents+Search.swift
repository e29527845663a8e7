internal import Storage

extension Contents {
  /// The maximum number in a list.
  private static let maximumCount = 5
  /// The maximum number of one type in a list.
  private static let maximumCountOfType = 2
  private static let maximumExaminedCount = 16

  /// The contents at an offset; nil if unknown.
  ///
  /// - Parameter excluded: The types that are not looked for.
  static func at(
    _ offset: UInt64, _ image: FlashImage, _ range: Range<UInt64>,
    except excluded: [ContentsType] = []
  ) throws(StorageError) -> Contents? {
    guard range.contains(offset) else { return nil }
    let source = try ContentsSource(image, offset..<range.upperBound)
    for type in ContentsType.all where !excluded.contains(type) {
      if let detected = try type.detect(source) {
        return Contents(type: type, offset: offset, detected: detected)
      }
    }
    return nil
  }

  /// The contents at the start of the range, if they compress or fragment files and are not opened: nodes in it are a part of some
  /// file system at best.
  static func opaque(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Contents? {
    let contents = try at(range.lowerBound, image, range)
    return contents?.type.isOpaque == true ? contents : nil
  }

  /// The first contents in which the bytes of each word are in reversed order; nil if there are none.
  static func firstReversed(in image: FlashImage) throws(StorageError) -> Contents? {
    let range = 0..<image.byteCount
    for offset in stride(from: 0, to: range.upperBound, by: 4 << 10) {
      let source = try ContentsSource(image, offset..<range.upperBound)
      for type in ContentsType.reversed {
        if let detected = try type.detect(source) {
          return Contents(type: type, offset: offset, detected: detected)
        }
      }
    }
    return nil
  }

  /// Examines the start of a range and wherever flash memories are divided: every 4 KiB, in large ranges every 64 KiB. What is in a file
  /// system is not listed.
  ///
  /// - Returns: File systems before all else, by their offsets.
  static func find(
    in image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> [Contents] {
    let step: UInt64 = range.upperBound - range.lowerBound <= 64 << 20 ? 4 << 10 : 64 << 10
    var found: [Contents] = []
    var counts: [String: Int] = [:]
    var excluded: [ContentsType] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      var next = offset + 1
      if let contents = try at(offset, image, range, except: excluded) {
        let count = counts[contents.type.name, default: 0] + 1
        counts[contents.type.name] = count
        if count <= (contents.type.isOfWholeFile ? 1 : maximumCountOfType) {
          found.append(contents)
        }
        // What takes long to examine and is there very often is not what it seems.
        if count == maximumExaminedCount { excluded.append(contents.type) }
        if contents.type.isOfWholeFile {
          excluded += ContentsType.all.filter(\.isOfWholeFile)
        }
        if contents.type.isFileSystem, contents.detected.isCertain,
          let length = contents.detected.length
        {
          next = offset + max(1, min(length, range.upperBound - offset))
        }
      }
      offset = (next + step - 1) / step * step
    }
    if let archive = try opaqueArchive(behindProgram: image, range), !found.contains(archive) {
      found.append(archive)
    }
    if found.isEmpty, let detected = try Detected(uBoot: ContentsSource(image, range)) {
      return [Contents(type: uBoot, offset: range.lowerBound, detected: detected)]
    }
    let ordered = found.filter(\.type.isFileSystem) + found.filter { !$0.type.isFileSystem }
    return ordered.prefix(maximumCount).sorted { $0.offset < $1.offset }
  }
}
