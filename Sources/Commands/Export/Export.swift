package import FirmwareAccess
internal import Glibc
internal import JFFS2

/// Writes all that a firmware holds as an archive.
///
/// The archive is reproducible: it does not depend on the user or the time. Names are in the order of their bytes, numbers and times are
/// the image's.
/// Lost contents are replaced with zeros, and each such range is reported.
package struct Export {
  /// The entries missing from the archive.
  package struct Message {
    /// One line without the firmware's name.
    package let text: String
    /// Whether the image is to blame, and not the format.
    package let isDamage: Bool
  }

  private let tree: ImageTree
  private let format: ExportFormat
  private let isQuiet: Bool
  private let limit: OutputLimit
  /// The name of the firmware in messages.
  private let path: String

  /// - Parameter isQuiet: Shows no progress on a terminal.
  package init(_ firmware: FirmwareImage, _ format: ExportFormat, isQuiet: Bool) {
    tree = ImageTree(firmware)
    limit = OutputLimit(firmware)
    path = firmware.path
    self.format = format
    self.isQuiet = isQuiet
  }

  /// Writes the archive.
  ///
  /// - Parameters:
  ///   - output: Where nothing was written before.
  ///   - notify: Is called for each thing that is lost or left out, while the archive is written.
  /// - Throws: ``ProgramError`` with `.failure` where the archive cannot be written, or would be longer than ``OutputLimit`` allows.
  package func write(
    to output: BufferedOutput, notify: (Message) -> Void
  ) throws(ProgramError) {
    let isShown = !isQuiet && isatty(2) == 1
    let survey =
      isShown || format.hardLinks == .byNumber ? LinkCensus(tree, format) : nil
    let progress = Progress("export", total: survey?.byteCount ?? 0, isQuiet: isQuiet)
    defer { progress.finish() }
    let archive = ArchiveWriter(
      descriptor: output.descriptor, name: output.name, format, progress)
    var steps = Prefetcher(ExportEvents(tree, format, survey))
    var log = ExportLog(format)
    func report(_ messages: [Message]) {
      guard !messages.isEmpty else { return }
      progress.interrupted { messages.forEach(notify) }
    }
    var isHeld = false
    while let step = steps.next() {
      switch step {
      case .omission(let omission): report([log.message(omission)])
      case .entry(let entry):
        let refusal = try archive.write(entry)
        isHeld = refusal == nil
        report(log.begin(entry, refusal: refusal))
      case .data(let piece):
        let contents = piece.take()
        report(log.messages(contents.losses))
        try count(UInt64(contents.bytes.count))
        if isHeld { try archive.write(contents.bytes) }
        if !format.reportsProgress { progress.advance(UInt64(contents.bytes.count)) }
      case .zeros(let byteCount):
        // Formats that hold holes leave them out.
        if !format.isComplete { try count(byteCount) }
        if isHeld { try archive.writeZeros(byteCount) }
        if !format.reportsProgress { progress.advance(byteCount) }
      }
    }
    try archive.finish()
    report(log.end())
  }

  private func count(_ byteCount: UInt64) throws(ProgramError) {
    guard limit.take(byteCount) else {
      throw ProgramError("\(path): \(limit.reason)", .failure)
    }
  }
}
