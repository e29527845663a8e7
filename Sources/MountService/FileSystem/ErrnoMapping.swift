internal import JFFS2
internal import SystemPackage

extension JFFS2Error {
  /// What a system call on the mount fails with: the one place where that is decided.
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
