internal import SystemPackage

/// A part of the confinement that this system does not give.
package struct MissingProtection: Equatable, Sendable, CustomStringConvertible {
  /// What it is called.
  package let name: String
  /// The system's answer; 0 where it was not asked.
  package let errno: Int32

  package init(name: String, errno: Int32) {
    self.name = name
    self.errno = errno
  }

  /// One line for the log.
  package var description: String {
    errno == 0
      ? "no \(name): built with a sanitizer or for coverage"
      : "no \(name): \(Errno(rawValue: errno))"
  }
}
