package import FirmwareAccess

extension ExitStatus {
  /// The number that `jffs2fuse` ends with: for a usage error mount(8)'s.
  package var code: Int32 { self == .usage ? 1 : rawValue }
}
