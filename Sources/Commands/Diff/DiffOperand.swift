package import FirmwareAccess
internal import JFFS2

/// One of the two things that are compared.
package struct DiffOperand: Sendable {
  let tree: any ComparedTree
  /// Damage that no entry of the tree shows, with the names that lead to it.
  let damage: [(names: [[UInt8]], reason: String)]

  package init(_ directory: DirectoryTree) {
    tree = directory
    damage = []
  }

  package init(_ firmware: FirmwareImage) {
    tree = ImageTree(firmware)
    let containers = firmware.damage.map { (names: [[UInt8]](), reason: $0) }
    damage = firmware.fileSystems.reduce(into: containers) { damage, fileSystem in
      let prefix = firmware.fileSystems.count > 1 ? [Array(fileSystem.name.utf8)] : []
      for finding in fileSystem.damage where !finding.isOfVisibleFile {
        let path = finding.paths.first ?? []
        // Only the end of a very long path is known.
        let names =
          path.starts(with: "…".utf8)
          ? [] : path.split(separator: UInt8(ascii: "/")).map(Array.init)
        var reason = finding
        // The line begins with the path.
        if !names.isEmpty { (reason.paths, reason.morePathCount, reason.ino) = ([], 0, nil) }
        damage.append((prefix + names, reason.line(DisplayName.inMessages.text)))
      }
    }
  }
}

extension Finding {
  /// Whether the damage shows where the file is read.
  fileprivate var isOfVisibleFile: Bool {
    switch kind {
    case .lostRange, .lostFile, .lostXattr: !paths.isEmpty
    default: false
    }
  }
}
