internal import CFUSE

/// How a session is made.
package struct SessionOptions: Sendable, Hashable {
  /// What would follow `-o` on a command line, one option each and as it is: `ro`, `fsname=disk`.
  package var arguments: [String]
  /// Whether libfuse logs every request. C: the argument `-d`.
  package var debug: Bool

  /// Options for libfuse, none if nothing is said.
  package init(arguments: [String] = [], debug: Bool = false) {
    self.arguments = arguments
    self.debug = debug
  }

  /// The value of the option `max_read`, 0 without one.
  var maxRead: UInt32 {
    let name = "max_read="
    return arguments.last { $0.hasPrefix(name) }.flatMap { UInt32($0.dropFirst(name.count)) } ?? 0
  }

  /// Lends the options as libfuse's argument vector.
  func withArguments<Result>(
    _ body: (UnsafeMutablePointer<fuse_args>) -> Result
  ) -> Result {
    // Sound: libfuse copies each string, owns the vector, and frees it with what its parser put in.
    var vector = unsafe fuse_args()
    defer { unsafe fuse_opt_free_args(&vector) }
    // libfuse looks for a program name first; it appears in debug output only.
    unsafe fuse_opt_add_arg(&vector, "fuse")
    if debug { unsafe fuse_opt_add_arg(&vector, "-d") }
    for argument in arguments {
      unsafe fuse_opt_add_arg(&vector, "-o")
      unsafe fuse_opt_add_arg(&vector, Self.escaped(argument))
    }
    return unsafe body(&vector)
  }

  /// An option as libfuse reads it back: with a backslash in front of commas and backslashes.
  package static func escaped(_ option: String) -> String {
    var escaped = String.UnicodeScalarView()
    for character in option.unicodeScalars {
      if character == "," || character == "\\" { escaped.append("\\") }
      escaped.append(character)
    }
    return String(escaped)
  }
}
