internal import Firmware
internal import JFFS2
internal import Storage
internal import Support

/// A part of the flash memory as `info` shows it.
struct PartReport: Encodable, Sendable {
  /// nil for what is in no partition.
  let name: String?
  let offset: UInt64
  let length: UInt64
  /// The file that `unwrap --all` writes; nil for an alias.
  let file: String?
  /// True where other partitions show its contents; else absent.
  let alias: Bool?
  /// Such as `JFFS2` or `squashfs`.
  let type: String
  /// True where the type is only likely; else absent.
  let isLikely: Bool?
  /// The facts from its headers, in words.
  let facts: [String]

  init(_ part: FlashPart, file: String?, _ fileSystems: [FileSystemReport]) {
    (name, offset, length) = (part.name, part.range.lowerBound, part.byteCount)
    self.file = file
    alias = part.isAlias ? true : nil
    guard let contents = part.contents else {
      (type, isLikely) = ("JFFS2", nil)
      let report = fileSystems.first { part.range.contains($0.offset) }
      facts = report?.partFacts ?? []
      return
    }
    let name = contents.detected.name.map(ContentsType.withoutArticle)
    let isUImage = contents.type.fileExtension == "uimage"
    type = isUImage ? "uImage" : name ?? contents.type.label
    isLikely = contents.detected.isCertain ? nil : true
    facts =
      (isUImage ? [name].compactMap(\.self) : []) + contents.detected.summary
      + contents.detected.facts
  }

  /// The type, after `probably` if it is only likely, and the facts.
  ///
  /// - Parameter width: The characters for which the last facts are omitted; the first one never is.
  func description(width: Int = .max) -> String {
    let title = isLikely == true ? "probably \(type)" : type
    // The version that U-Boot reports begins with its name.
    let prefix = facts.isEmpty ? title : facts[0].hasPrefix(type) ? "" : "\(title): "
    var shown = facts[...]
    var text = prefix + shown.joined(separator: ", ")
    while shown.count > 1, text.unicodeScalars.count > width {
      shown.removeLast()
      text = prefix + shown.joined(separator: ", ")
    }
    return text
  }
}

extension FileSystemReport {
  /// The facts about the file system in the table of parts.
  fileprivate var partFacts: [String] {
    [NumberFormat.pluralized(tree.files, "file")] + (isDamaged ? ["DAMAGED"] : [])
  }
}
