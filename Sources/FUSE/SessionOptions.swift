internal import CFUSE

/// How a session is made.
package struct SessionOptions: Sendable, Hashable {
  /// What would follow `-o` on a command line, for example `ro` or `fsname=disk`.
  ///
  /// Several options in one string are separated by commas; a comma within a value is written `\,`
  /// and a backslash `\\`.
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
    var option = ""
    var last: UInt32 = 0
    var isEscaped = false
    for character in arguments.joined(separator: ",") + "," {
      if character == ",", !isEscaped {
        if option.hasPrefix("max_read=") { last = UInt32(option.dropFirst(9)) ?? 0 }
        option = ""
      } else {
        option.append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    return last
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
      unsafe fuse_opt_add_arg(&vector, argument)
    }
    return unsafe body(&vector)
  }
}
