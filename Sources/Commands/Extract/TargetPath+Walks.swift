internal import SystemPackage

/// The common functions of the passes of an extraction.
extension TargetPath {
  /// The directory here, once all above it are open again that an earlier walk has made.
  ///
  /// - Returns: nil if one can no longer be opened, which is reported.
  mutating func reopened(_ record: ExtractionRecord) -> TargetDirectory? {
    while let next {
      do throws(Errno) {
        didOpen(try lastOpened.open(next.name))
      } catch {
        record.fail(shownFolder, EntryMaker.reason(error))
        didFail()
      }
    }
    return isBlocked ? nil : lastOpened
  }

  /// Goes up by one name.
  ///
  /// - Returns: The directory that was left, if it was opened.
  /// - Throws: ``CommandFailure`` where the way back is lost.
  mutating func leave() throws(CommandFailure) -> TargetDirectory? {
    do throws(Errno) {
      return try pop()
    } catch {
      throw CommandFailure(
        "the target was changed meanwhile: cannot return to "
          + "\(DisplayName.inMessages.text(shownFolder)): \(error)", .unreadable)
    }
  }
}
