import ArgumentParser
import Glibc
import SystemPackage

/// A path from the command line as its bytes, which need not be UTF-8.
struct PathArgument: ExpressibleByArgument {
  let bytes: [UInt8]

  init?(argument: String) {
    // The parser passes text in which U+FFFD replaces invalid UTF-8; the original argument is among those of the process.
    guard argument.unicodeScalars.contains("\u{FFFD}") else {
      bytes = Array(argument.utf8)
      return
    }
    bytes = Self.arguments.first { $0.text == argument }?.bytes ?? Array(argument.utf8)
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The path of a file outside the image.
  var filePath: FilePath {
    let text: [CChar] = bytes.map(CChar.init(bitPattern:)) + [0]
    return FilePath(platformString: text)
  }

  static var defaultCompletionKind: CompletionKind { .default }

  private static let arguments: [(text: String, bytes: [UInt8])] = {
    var arguments: [(String, [UInt8])] = []
    for index in 0..<Int(CommandLine.argc) {
      // The system's argument vector has `argc` texts that end in zero.
      guard let text = unsafe CommandLine.unsafeArgv[index] else { break }
      let bytes = unsafe (0..<strlen(text)).map { unsafe UInt8(bitPattern: text[$0]) }
      arguments.append((String(decoding: bytes, as: UTF8.self), bytes))
    }
    return arguments
  }()
}
