internal import JFFS2
internal import Storage
internal import Support

/// Puts into words what an archive does not hold.
struct ExportLog {
  private let format: ExportFormat
  private var path: [UInt8] = []
  private var lastLoss: JFFS2Error?
  /// The files with attributes for which the format has no place.
  private var strippedCount = 0

  init(_ format: ExportFormat) { self.format = format }

  func message(_ omission: ExportEvents.SkippedEntry) -> Export.Message {
    message("\(Self.text(omission.path)): \(omission.reason)", isDamage: omission.isDamage)
  }

  /// Takes note of the entry that contents follow now.
  ///
  /// - Parameter refusal: Why it is not in the archive.
  mutating func begin(_ entry: ExportEntry, refusal: String?) -> [Export.Message] {
    path = entry.path
    lastLoss = nil
    if !format.isComplete, !(entry.xattrs.isEmpty && entry.acl.isEmpty) { strippedCount += 1 }
    return refusal.map { [message("\(Self.text(path)): left out: \($0)", isDamage: true)] } ?? []
  }

  /// The lost ranges of the latest entry; a range that pieces share is reported once.
  mutating func messages(_ losses: [JFFS2Error]) -> [Export.Message] {
    var messages: [Export.Message] = []
    for loss in losses where loss != lastLoss {
      lastLoss = loss
      messages.append(
        message("\(Self.text(path)): lost, replaced with zeros: \(loss)", isDamage: true))
    }
    return messages
  }

  /// The message about the archive as a whole.
  func end() -> [Export.Message] {
    guard strippedCount > 0 else { return [] }
    return [
      message(
        "extended attributes of \(strippedCount.pluralized("file")) left out: \(format.family) cannot store them; "
          + "tar can",
        isDamage: false)
    ]
  }

  private func message(_ text: String, isDamage: Bool) -> Export.Message {
    Export.Message(text: text, isDamage: isDamage)
  }

  private static func text(_ path: [UInt8]) -> String {
    path.isEmpty ? "." : DisplayName.inMessages.text(path)
  }
}
