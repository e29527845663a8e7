internal import JFFS2
internal import SystemPackage

extension JFFS2Error {
  /// The only mapping of errors to the error codes of system calls on the mount.
  var errno: Errno {
    switch self {
    case .noSuchInode: .noSuchFileOrDirectory
    case .wrongType, .malformedACL: .invalidArgument
    case .storage, .unusableInode, .damaged, .noNodes, .incompatibleNode, .rootNotDirectory,
      .tooLarge, .invalidEraseSize:
      .ioError
    }
  }
}
