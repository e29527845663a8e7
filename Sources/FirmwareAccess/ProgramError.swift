package import Firmware
package import JFFS2
internal import Storage

/// Why a program stops: one line for the user, with a hint where there is one.
package struct ProgramError: Error, Equatable, Sendable {
  /// The line, without the program's name in front.
  package let message: String

  package let status: ExitStatus

  package init(_ message: String, _ status: ExitStatus) {
    self.message = message
    self.status = status
  }
}

extension ProgramError {
  /// The error of a firmware that cannot be read, with its path in front unless the error names it.
  package init(_ error: FirmwareError, _ path: String, _ style: OptionStyle) {
    let message = error.message(style.text)
    if case .storage(let error) = error, error.includesPath {
      self.init(message, .failure)
    } else {
      self.init("\(path): \(message)", error.status)
    }
  }

  /// The error of a file system that was found and cannot be read.
  package init(_ error: JFFS2Error, _ path: String) {
    // No message of it has an option.
    self.init(FirmwareError(error), path, .long)
  }
}

extension FirmwareError {
  /// The error of a file system that was found and cannot be read.
  package init(_ error: JFFS2Error) {
    if case .storage(let error) = error { self = .storage(error) } else { self = .volume(error) }
  }

  /// The exit status of the program.
  var status: ExitStatus {
    switch self {
    case .empty, .zeros, .blank, .noFileSystem, .noFileSystemInDump, .uImageWithoutJFFS2,
      .noMatchingMember, .inNoPartition, .volume(.noNodes):
      .noFileSystem
    case .outOfRange, .endiannessMismatch, .noSpareAreas, .multipleMatches, .ambiguousMember,
      .memberNotFound, .notAnArchive:
      .usage
    case .storage, .wrongHeaderCRC, .truncated, .compressed, .encrypted, .damagedContainer,
      .unpackedTooLarge, .tooDeep, .volume:
      .failure
    }
  }
}
