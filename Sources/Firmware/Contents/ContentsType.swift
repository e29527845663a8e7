internal import Storage

/// A type that a part of a firmware can have, other than JFFS2.
package struct ContentsType: Equatable, Sendable {
  /// The suggestion for contents of the type.
  enum Hint: Sendable {
    /// The command, where the contents start the file, and anywhere; `%` is the offset.
    case command(String, at: String)
    /// A program that reads from standard input.
    case unpacker(String)
    /// Text.
    case text(String)

    static func mount(_ type: String) -> Hint {
      .command(
        "mount -t \(type) -o loop FILE DIR", at: "mount -t \(type) -o loop,offset=% FILE DIR")
    }

    /// Nothing.
    static let none = Hint.text("")
  }

  typealias Detection = @Sendable (ContentsSource) throws(StorageError) -> Detected?

  /// The name in messages, with its article.
  package let name: String
  /// The file name extension of such contents.
  package let fileExtension: String
  /// Whether it is a file system, which is reported before all else.
  package let isFileSystem: Bool
  /// Whether it packs files or divides them into pieces and is not opened: nothing is searched for in it.
  let isOpaque: Bool
  /// Whether it says something about the whole file, so that once is enough.
  let isOfWholeFile: Bool
  private let hint: Hint
  /// The facts in the headers at the start of the bytes if they are of this type.
  let detect: Detection

  init(
    _ name: String, _ hint: Hint, fileExtension: String = "bin", isFileSystem: Bool = false,
    isOpaque: Bool = false, isOfWholeFile: Bool = false, detect: @escaping Detection
  ) {
    self.name = name
    self.fileExtension = fileExtension
    self.isFileSystem = isFileSystem
    self.isOpaque = isOpaque
    self.isOfWholeFile = isOfWholeFile
    self.hint = hint
    self.detect = detect
  }

  /// A type without facts.
  init(
    _ name: String, _ hint: Hint, fileExtension: String = "bin", isFileSystem: Bool = false,
    isOpaque: Bool = false, isOfWholeFile: Bool = false,
    where matches: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    self.init(
      name, hint, fileExtension: fileExtension, isFileSystem: isFileSystem, isOpaque: isOpaque,
      isOfWholeFile: isOfWholeFile,
      detect: { source in matches(source.head) ? Detected() : nil })
  }

  /// A type that has a magic number of at least four bytes.
  init(
    _ name: String, _ hint: Hint, magic: [UInt8], fileExtension: String = "bin",
    isOpaque: Bool = false, where matches: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }
  ) {
    self.init(name, hint, fileExtension: fileExtension, isOpaque: isOpaque) { head in
      head.starts(with: magic) && matches(head)
    }
  }

  package static func == (first: ContentsType, second: ContentsType) -> Bool {
    first.name == second.name
  }

  /// The name without an article.
  package var label: String { Self.withoutArticle(name) }

  /// A name without its article.
  package static func withoutArticle(_ name: String) -> String {
    for article in ["a ", "an "] where name.hasPrefix(article) {
      return String(name.dropFirst(article.count))
    }
    return name
  }

  /// The suggestion for contents at an offset of the file.
  func hint(at offset: UInt64) -> String {
    switch hint {
    case .command(let atStart, let anywhere):
      offset == 0
        ? atStart : anywhere.split(separator: "%").joined(separator: String(offset))
    case .unpacker(let program):
      offset == 0 ? "\(program) < FILE" : "tail -c +\(offset + 1) FILE | \(program)"
    case .text(let text): text
    }
  }
}
