internal import FUSE

extension Connection {
  /// The terms for a file system that never changes.
  ///
  /// - Parameter enforcesAccessLists: Whether the kernel is to enforce the access control lists of the image.
  mutating func useForImmutable(enforcesAccessLists: Bool) {
    wanted.formUnion([
      .asyncRead, .parallelDirectoryOperations, .readdirplus, .cacheSymlinks,
    ])
    wanted.subtract([.readdirplusAuto, .autoInvalidateData, .posixACL])
    if enforcesAccessLists { wanted.insert(.posixACL) }
    maxReadahead = max(maxReadahead, 1 << 20)
    maxBackground = max(maxBackground, 64)
    congestionThreshold = max(congestionThreshold, 48)
    timeGranularity = 1_000_000_000
  }
}
