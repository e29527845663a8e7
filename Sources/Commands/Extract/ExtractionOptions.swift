/// The options of an extraction.
package struct ExtractionOptions: Sendable {
  /// Whether files that are there already are replaced: removed and made again, never written to.
  package var replaces: Bool
  /// Whether device nodes are made.
  package var makesDevices: Bool
  /// Whether the image's owners are set, which only root can.
  package var keepsOwners: Bool
  /// Whether the user named no directory to extract to.
  package var hasDefaultTarget: Bool
  /// The limit on the written contents; holes do not count.
  package let limit: OutputLimit

  package init(
    replaces: Bool, makesDevices: Bool, keepsOwners: Bool, hasDefaultTarget: Bool = false,
    limit: OutputLimit
  ) {
    self.hasDefaultTarget = hasDefaultTarget
    self.limit = limit
    self.replaces = replaces
    self.makesDevices = makesDevices
    self.keepsOwners = keepsOwners
  }
}
