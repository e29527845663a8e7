import Foundation
import Testing

/// docs/architecture.md says which module may import which.
@Suite struct `The table of modules` {
  private static let top = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardized

  /// The modules that every module may import.
  private static let everywhere: Set = ["Glibc", "Synchronization", "SystemPackage"]
  private static let others = ["Commands": ["FoundationEssentials"], "jffs2": ["ArgumentParser"]]

  /// The rows: what each module may import of the package's own.
  private static func table() throws -> [String: Set<String>] {
    let text = try String(contentsOf: top.appending(path: "docs/architecture.md"), encoding: .utf8)
    let rows =
      text.components(separatedBy: "\n| module | may import |").dropFirst().first?
      .split(separator: "\n").prefix { $0.hasPrefix("|") || $0.hasPrefix(" ") } ?? []
    var table: [String: Set<String>] = [:]
    for row in rows {
      let cells = row.split(separator: "|").map { $0.split(separator: "`").enumerated() }
      guard cells.count >= 2 else { continue }
      let names = cells.prefix(2).map { cell in
        cell.filter { $0.offset % 2 == 1 }.map { String($0.element) }
      }
      guard let name = names[0].first else { continue }
      table[name] = Set(names[1])
    }
    return table
  }

  /// The imports in the sources of a module.
  private static func imports(of module: URL) throws -> Set<String> {
    var imports: Set<String> = []
    let files = FileManager.default.enumerator(at: module, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
          words[..<index].allSatisfy({
            $0.hasPrefix("@") || ["package", "public", "internal", "private"].contains($0)
          })
        else { continue }
        imports.insert(String(words[words.count - 1]))
      }
    }
    return imports
  }

  @Test func `says what the sources import`() throws {
    let table = try Self.table()
    let sources = Self.top.appending(path: "Sources")
    let modules = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter {
      try !Self.imports(of: sources.appending(path: $0)).isEmpty
    }
    #expect(Set(table.keys) == Set(modules))
    for module in modules {
      let imports = try Self.imports(of: sources.appending(path: module))
        .subtracting(Self.everywhere).subtracting(Self.others[module] ?? [])
      #expect(table[module] == imports, "\(module)")
    }
  }

  @Test func `has no circle`() throws { try Self.requireNoCircle(try Self.table()) }

  private static func requireNoCircle(_ uses: [String: Set<String>]) throws {
    var uses = uses
    while !uses.isEmpty {
      let leaves = uses.filter { $0.value.allSatisfy { uses[$0] == nil } }.keys
      try #require(!leaves.isEmpty, "\(uses.keys.sorted()) use each other")
      for leaf in leaves { uses[leaf] = nil }
    }
  }

  /// Nested types and names that several directories declare are left out.
  @Test func `directories do not use each other`() throws {
    let sources = Self.top.appending(path: "Sources")
    var words: [String: Set<Substring>] = [:]
    var declared: [Substring: Set<String>] = [:]
    let declaration =
      /^(?:package |public |internal |fileprivate |final |indirect |@\w+(?:\([^)]*\))? )*(?:struct|class|enum|protocol|actor|typealias) ([A-Z]\w+)/
    for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    where name.hasSuffix(".swift") {
      let directory = name.split(separator: "/").dropLast().joined(separator: "/")
      let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
      for line in text.split(separator: "\n") {
        if let match = line.firstMatch(of: declaration) {
          declared[match.1, default: []].insert(directory)
        }
        let code = line.replacing(/\/\/.*/, with: "").replacing(/"(\\.|[^"\\])*"/, with: "")
        words[directory, default: []].formUnion(
          code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map { Substring(String($0)) })
      }
    }
    let owners = declared.filter { $0.value.count == 1 }.compactMapValues(\.first)
    #expect(owners.count > 300)
    try Self.requireNoCircle(
      Dictionary(
        uniqueKeysWithValues: words.map { directory, words in
          (directory, Set(words.compactMap { owners[$0] }).subtracting([directory]))
        }))
  }
}
