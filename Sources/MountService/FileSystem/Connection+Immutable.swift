internal import FUSE

extension Connection {
  /// The terms for a file system that never changes.
  ///
  /// - Parameter checksPermissions: Whether the kernel is to check the image's permissions and access control lists.
  mutating func useForImmutable(checksPermissions: Bool) {
    wanted.formUnion([
      .asyncRead, .parallelDirectoryOperations, .readdirplus, .cacheSymlinks,
    ])
    wanted.subtract([.readdirplusAuto, .autoInvalidateData, .posixACL])
    if checksPermissions { wanted.insert(.posixACL) }
    maxReadahead = max(maxReadahead, 1 << 20)
    maxBackground = max(maxBackground, 64)
    congestionThreshold = max(congestionThreshold, 48)
    timeGranularity = 1_000_000_000
  }
}
