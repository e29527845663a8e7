public import SystemPackage
internal import Support

/// Why bytes of an input could not be had.
public struct StorageError: Error, Equatable {
  /// The kind of failure.
  @nonexhaustive public enum Code: Equatable, Sendable {
    /// The input could not be opened or measured.
    case open
    /// The input is of a kind that holds no bytes to read at a position: a directory, a fifo, a socket.
    case notSeekable
    /// The system refused a read.
    case read
    /// Fewer bytes were there than the input's size promises: the file shrank.
    case shortRead
    /// The requested range is outside the input.
    case outOfRange
    /// The file for what is unpacked could not be made or written.
    case temporaryFile
  }

  /// The kind of the failure.
  public let code: Code

  /// The input's path, as the user gave it.
  public let path: String

  /// The first byte that could not be had, counted in the input; 0 where the whole input is meant.
  public let offset: UInt64

  /// The system's answer, where it gave one.
  public let underlyingError: Errno?

  package init(_ code: Code, path: String, offset: UInt64 = 0, underlyingError: Errno? = nil) {
    self.code = code
    self.path = path
    self.offset = offset
    self.underlyingError = underlyingError
  }

  /// Whether the description names the file that could not be read: one that things are unpacked into has no name.
  package var includesPath: Bool { code != .temporaryFile }
}

extension StorageError: CustomStringConvertible {
  /// A line for a person, with the input's path.
  public var description: String {
    let reason = underlyingError.map { ": \($0)" } ?? ""
    let place = offset.hexadecimal
    return switch code {
    case .open where underlyingError == .permissionDenied:
      "\(path): cannot open\(reason); ask its owner for read permission"
    case .open: "\(path): cannot open\(reason)"
    case .notSeekable where underlyingError == .isDirectory:
      "\(path): is a directory; give the firmware file"
    case .notSeekable:
      "\(path): not a file, a pipe, a block device or an MTD device\(reason)"
    case .read: "\(path): cannot read at \(place)\(reason)"
    case .shortRead: "\(path): ends at \(place), earlier than when it was opened"
    case .outOfRange: "\(path): \(place) is outside the file"
    case .temporaryFile:
      "no space to unpack\(reason); set TMPDIR to a directory with free space"
    }
  }
}
