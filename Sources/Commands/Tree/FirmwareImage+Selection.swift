package import FirmwareAccess
internal import JFFS2

extension FirmwareImage {
  /// Whether anything is damaged or missing in what a selection of paths requests, or in what may belong to it. Where damage reads as
  /// zeros, the driver's answer is what is requested.
  package func isDamaged(_ selection: PathSelection) -> Bool {
    if selection.isEverything, isIncomplete { return true }
    return fileSystems.contains { fileSystem in
      guard fileSystem.volume.damagePolicy == .error else { return false }
      let prefix = fileSystems.count > 1 ? [Array(fileSystem.name.utf8)] : []
      // The contents of a damaged node are unknown; the gap that it leaves in a file is another finding. An invalid name cannot be extracted.
      return fileSystem.damage.contains { finding in
        finding.kind != .damagedNode && finding.kind != .impossibleName
          && (selection.isEverything
            || finding.paths.contains { path in
              selection.selects(prefix + path.split(separator: UInt8(ascii: "/")).map(Array.init))
            })
      }
    }
  }

  /// The damage of each file system in one line, with the file system's name if there are several.
  package var damageSummaries: [String] { damageSummaries(DisplayName.inMessages.text) }
}
