internal import SystemPackage

/// A part of the confinement that this system does not give.
package struct UnavailableProtection: Equatable, Sendable, CustomStringConvertible {
  /// The name of the protection.
  package let name: String
  /// The system's answer.
  package let errno: Int32

  package init(name: String, errno: Int32) {
    self.name = name
    self.errno = errno
  }

  /// One line for the log.
  package var description: String { "no \(name): \(Errno(rawValue: errno))" }
}
