internal import SystemPackage

extension MTDParts {
  /// Why the table that an option names cannot be had.
  package enum ArgumentError: Error, Equatable {
    /// The table itself is wrong.
    case invalid(ParseError)
    /// The table in a file is, or it has none.
    case invalidFile(String, ParseError)
    case unreadableFile(String, reason: String)
  }

  /// A boot log is far smaller.
  private static let maximumFileSize = 4 << 20

  /// Reads the value of an option: a table, or `@FILE` for a file that contains one.
  package init(argument: [UInt8]) throws(ArgumentError) {
    let isFile = argument.first == UInt8(ascii: "@")
    let path = Array(argument.dropFirst())
    let text = isFile ? try Self.contents(path) : []
    do throws(ParseError) {
      self =
        isFile
        ? try MTDParts(text: text)
        : try MTDParts(String(decoding: argument, as: UTF8.self), needsDevice: false)
    } catch {
      if isFile { throw .invalidFile(String(decoding: path, as: UTF8.self), error) }
      let mayBeFile = (try? Self.contents(argument)) != nil
      throw .invalid(
        mayBeFile
          ? ParseError(position: nil, problem: "a table is expected; for one in a file: @FILE")
          : error)
    }
  }

  private static func contents(_ bytes: [UInt8]) throws(ArgumentError) -> [UInt8] {
    let path = String(decoding: bytes, as: UTF8.self)
    guard !bytes.isEmpty else {
      throw .unreadableFile("@", reason: "file name missing")
    }
    do {
      let name: [CChar] = bytes.map(CChar.init(bitPattern:)) + [0]
      let file = try FileDescriptor.open(
        FilePath(platformString: name), .readOnly, options: .closeOnExec)
      return try file.closeAfter { () throws in
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while text.count <= maximumFileSize {
          let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
          guard count > 0 else { return text }
          text += buffer.prefix(count)
        }
        throw ArgumentError.unreadableFile(path, reason: "larger than 4 MiB: not a table")
      }
    } catch let error as ArgumentError {
      throw error
    } catch {
      throw .unreadableFile(path, reason: (error as? Errno).map { "\($0)" } ?? "cannot be read")
    }
  }
}

extension MTDParts.ArgumentError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalid(let error): "\(error)"
    case .invalidFile(let path, let error): "\(path): \(error.reason)"
    case .unreadableFile(let path, let reason): "\(path): \(reason)"
    }
  }
}
