internal import FirmwareAccess
internal import SystemPackage

/// The steps that the walks of an extraction share.
extension DirectoryStack {
  /// The directory here, once all above it are open again that an earlier walk has made.
  ///
  /// - Returns: nil where one can no longer be opened, which is reported.
  mutating func reopened(_ record: ExtractionLog) -> DirectoryHandle? {
    while let next {
      do throws(Errno) {
        didOpen(try lastOpened.open(next.name))
      } catch {
        record.fail(shownDirectory, error)
        didFail()
      }
    }
    return isBlocked ? nil : lastOpened
  }

  /// Goes up by one name.
  ///
  /// - Returns: The directory that was left, if it was opened.
  /// - Throws: ``ProgramError`` where the way back is lost.
  mutating func exitDirectory() throws(ProgramError) -> DirectoryHandle? {
    do throws(Errno) {
      return try pop()
    } catch {
      throw ProgramError(
        "the target was changed meanwhile: cannot return to "
          + "\(DisplayName.inMessages.text(shownDirectory)): \(error)", .failure)
    }
  }
}
