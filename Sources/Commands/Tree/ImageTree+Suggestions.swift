internal import FirmwareAccess
internal import Firmware
internal import JFFS2
internal import Support

extension ImageTree {
  /// The maximum number of names in a hint.
  private static let maximumNames = 8

  /// Why a path leads nowhere, with a hint where the user may have meant another.
  package func reason(_ error: PathError, _ path: [UInt8]) -> String {
    guard error == .notFound, let hint = hint(path) else { return "\(error)" }
    return "\(error); \(hint)"
  }

  /// Another path that the user may have meant by one that leads nowhere.
  func hint(_ path: [UInt8]) -> String? {
    let names = path.split(separator: UInt8(ascii: "/")).map(Array.init)
    guard let first = names.first else { return nil }
    if root.volume == nil, !fileSystems.contains(where: { Array($0.name.utf8) == first }) {
      return hintAtFileSystem(names, first.text)
    }
    if fileSystems.count == 1, Array(fileSystems[0].name.utf8) == first,
      let rest = existing(Array(names.dropFirst()))
    {
      return "did you mean \(rest)? There is only one file system"
    }
    if wasDeleted(names) { return "it was deleted; jffs2 history shows its versions" }
    return (nearest(names) ?? elsewhere(path)).map { "did you mean \($0)?" }
  }

  private func wasDeleted(_ names: [[UInt8]]) -> Bool {
    guard firmware != nil,
      let index = root.volume
        ?? fileSystems.firstIndex(where: { Array($0.name.utf8) == names.first }),
      let history = try? History(fileSystems[index].volume)
    else { return false }
    return history.index(ofPath: root.volume == nil ? Array(names.dropFirst()) : names) != nil
  }

  /// The hint for a path that does not begin with the name of one of several file systems.
  private func hintAtFileSystem(_ names: [[UInt8]], _ first: String) -> String {
    for fileSystem in fileSystems {
      if let path = existing([Array(fileSystem.name.utf8)] + names) {
        return "did you mean \(path)?"
      }
    }
    let parts = (try? firmware?.parts())?.list ?? []
    if let contents = parts.first(where: { $0.name == first })?.contents {
      return
        "\(first) is a partition of type \(contents.label); to write it to a file: "
        + "jffs2 unwrap --partition \(first.shellQuoted) -o FILE"
    }
    if let near = nearest(names) { return "did you mean \(near)?" }
    let path = Array(names.joined(separator: [UInt8(ascii: "/")]))
    if let found = elsewhere(path) { return "did you mean \(found)?" }
    let shown = fileSystems.prefix(Self.maximumNames).map(\.name).joined(separator: ", ")
    return "paths begin with the name of a file system: \(shown)"
      + (fileSystems.count > Self.maximumNames ? ", …" : "")
  }

  /// The path of a name, or of a pattern for names, that is only in another directory; a pattern if there are several.
  private func elsewhere(_ path: [UInt8]) -> String? {
    let name = path.drop { $0 == UInt8(ascii: "/") }
    guard !name.contains(UInt8(ascii: "/")) else { return nil }
    let pattern = Array("**/".utf8) + name
    guard let found = try? expand(pattern), found != [pattern] else { return nil }
    let text = DisplayName.inMessages.text(found.count == 1 ? found[0] : pattern)
    return found.count == 1 ? text : text.singleQuoted
  }

  private func existing(_ names: [[UInt8]]) -> String? {
    let path = Array(names.joined(separator: [UInt8(ascii: "/")]))
    return hasPath(path) && !names.isEmpty ? DisplayName.inMessages.text(path) : nil
  }

  /// The path with its first wrong name replaced by one that is there.
  private func nearest(_ names: [[UInt8]]) -> String? {
    let slash = [UInt8(ascii: "/")]
    var count = 0
    while count < names.count, hasPath(Array(names[...count].joined(separator: slash))) {
      count += 1
    }
    guard count < names.count,
      let directory = try? resolve(Array(names[..<count].joined(separator: slash))),
      let children = try? children(of: directory)
    else { return nil }
    let wanted = names[count].text
    guard let name = children.lazy.map(\.name.text).nearest(to: wanted) else { return nil }
    let start = Array(names[..<count]) + [Array(name.utf8)]
    return existing(start + Array(names[(count + 1)...])) ?? existing(start)
  }
}
