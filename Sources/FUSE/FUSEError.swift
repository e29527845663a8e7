public import SystemPackage

/// Why a session could not be made, mounted or served.
public struct FUSEError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of a failure.
  public enum Code: Sendable, Hashable {
    /// libfuse does not know an option, or cannot read it.
    case badOption
    /// `/dev/fuse` is missing or may not be opened.
    case noDevice
    /// The mount was refused; for a user other than root `fusermount3` has written the reason to standard error.
    case mountFailed
    /// The loop ended for another reason than an unmount.
    case loop(Errno)
  }

  /// The operation that failed.
  public let code: Code
  /// The messages of libfuse, without the prefix `fuse: `; several messages are joined by semicolons.
  /// Empty if it said nothing.
  public let message: String

  init(code: Code, message: String) {
    self.code = code
    self.message = message.hasPrefix("fuse: ") ? String(message.dropFirst(6)) : message
  }

  /// A sentence for a user, without a full stop.
  public var description: String {
    let summary =
      switch code {
      case .badOption: "libfuse refuses the options"
      case .noDevice: "/dev/fuse is not available"
      case .mountFailed: "the mount failed"
      case .loop(let error): "serving the mount failed: \(error)"
      }
    return message.isEmpty ? summary : "\(summary): \(message)"
  }
}
