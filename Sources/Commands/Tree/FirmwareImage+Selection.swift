package import FirmwareAccess
internal import JFFS2

extension FirmwareImage {
  /// Whether anything is damaged or missing in what a selection of paths requests, or in what may belong to it. Where damage reads as
  /// zeros, the driver's answer is what is requested.
  package func isDamaged(_ selection: PathSelection) -> Bool {
    if selection.isEverything, isIncomplete { return true }
    let policies = fileSystems.map(\.volume.damagePolicy)
    if selection.isEverything, !damage.isEmpty, policies.contains(.error) { return true }
    return fileSystems.contains { fileSystem in
      guard fileSystem.volume.damagePolicy == .error else { return false }
      let prefix = fileSystems.count > 1 ? [Array(fileSystem.name.utf8)] : []
      return fileSystem.damage.contains { finding in
        // An invalid name cannot be extracted.
        if finding.kind == .impossibleName { return false }
        // A damaged node may have been of any file or name.
        return selection.isEverything
          || finding.paths.contains { path in
            selection.selects(prefix + path.split(separator: UInt8(ascii: "/")).map(Array.init))
          }
      }
    }
  }

  /// Whether names are lost that may be missing in any listing.
  package var mayLackNames: Bool {
    !damage.isEmpty
      || fileSystems.contains { fileSystem in
        fileSystem.damage.contains { [.unreachable, .lostName].contains($0.kind) }
      }
  }

  /// The damage of each file system in one line, with the file system's name if there are several.
  package var damageSummaries: [String] { damageSummaries(DisplayName.inMessages.text) }
}
