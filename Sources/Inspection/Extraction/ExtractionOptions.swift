package import SystemPackage

/// Where an extraction goes and what it may do there.
package struct ExtractionOptions: Sendable {
  /// The directory that everything is put into; made if missing, with those above it.
  package var target: FilePath
  /// Whether files that are there already are replaced: removed and made anew, never written to.
  package var replaces: Bool
  /// Whether device nodes are made.
  package var makesDevices: Bool
  /// Whether the image's owners are set, which only root can.
  package var keepsOwners: Bool

  package init(
    target: FilePath, replaces: Bool = false, makesDevices: Bool = false, keepsOwners: Bool = false
  ) {
    self.target = target
    self.replaces = replaces
    self.makesDevices = makesDevices
    self.keepsOwners = keepsOwners
  }
}
