internal import CFUSE
internal import Glibc
public import SystemPackage

/// The options of a session.
public struct SessionOptions: Sendable, Hashable {
  /// The mount options as after `-o` on a command line, one per element and unescaped: `ro`, `fsname=disk`.
  public var arguments: [String]
  /// The source shown in the mount table, in bytes that need not be UTF-8. C: the option `fsname`.
  public var source: FilePath?
  /// Whether libfuse logs every request. C: the argument `-d`.
  public var debug: Bool

  /// Options for libfuse, none if nothing is said.
  public init(arguments: [String] = [], source: FilePath? = nil, debug: Bool = false) {
    self.arguments = arguments
    self.source = source
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
    let fsname = source.map { path in
      unsafe Array("fsname=".utf8)
        + path.withPlatformString {
          unsafe Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
        }
        .map(UInt8.init(bitPattern:))
    }
    for argument in arguments.map({ Array($0.utf8) }) + [fsname].compactMap(\.self) {
      unsafe fuse_opt_add_arg(&vector, "-o")
      let text = Self.escaped(argument).map(CChar.init(bitPattern:)) + [0]
      unsafe fuse_opt_add_arg(&vector, text)
    }
    return unsafe body(&vector)
  }

  /// An option as libfuse reads it back: with a backslash before commas and backslashes.
  public static func escaped(_ option: [UInt8]) -> [UInt8] {
    let backslash = UInt8(ascii: "\\")
    return option.flatMap {
      $0 == UInt8(ascii: ",") || $0 == backslash ? [backslash, $0] : [$0]
    }
  }
}
