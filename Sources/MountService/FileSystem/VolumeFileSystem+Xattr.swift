internal import FUSE
internal import JFFS2
internal import SystemPackage

extension VolumeFileSystem {
  func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    count()
    // Answered so once, the kernel never asks for another attribute of this mount.
    guard volume.hasXattrs else { return reply.error(.noFunction) }
    do throws(JFFS2Error) {
      let isHidden = name.starts(with: "trusted.") && !Self.mayReadTrusted(request)
      guard !isHidden, let value = try volume.xattr(name, of: InodeNumberMapping.ino(node)) else {
        return reply.error(.noData)
      }
      reply.value(value.span)
    } catch {
      damage.log(error, reading: InodeNumberMapping.ino(node))
      reply.error(error.errno)
    }
  }

  /// Answers that a node has no such attribute.
  func withoutXattr(_ reply: consuming XattrReply) {
    count()
    reply.error(.noData)
  }

  func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    count()
    do throws(JFFS2Error) {
      let xattrs = try volume.xattrs(of: InodeNumberMapping.ino(node))
      let showsTrusted = Self.mayReadTrusted(request)
      var names: [UInt8] = []
      for xattr in xattrs where showsTrusted || !xattr.isTrusted { names += xattr.name + [0] }
      reply.value(names.span)
    } catch {
      damage.log(error, reading: InodeNumberMapping.ino(node))
      reply.error(error.errno)
    }
  }

  /// The driver asks for CAP_SYS_ADMIN; a request contains only its user.
  private static func mayReadTrusted(_ request: Request) -> Bool { request.uid == 0 }
}

extension Span<UInt8> {
  fileprivate func starts(with prefix: StaticString) -> Bool {
    let bytes = Array(prefix.description.utf8)
    return count >= bytes.count && bytes.indices.allSatisfy { self[$0] == bytes[$0] }
  }
}
