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

  @Test func `has no circle`() throws {
    var table = try Self.table()
    while !table.isEmpty {
      let leaves = table.filter { $0.value.allSatisfy { table[$0] == nil } }.keys
      try #require(!leaves.isEmpty, "\(table.keys.sorted()) import each other")
      for leaf in leaves { table[leaf] = nil }
    }
  }
}
