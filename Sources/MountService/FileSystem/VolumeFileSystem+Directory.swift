internal import FUSE
internal import JFFS2
internal import SystemPackage

/// Listing directories; plain and with attributes alike.
extension VolumeFileSystem {
  /// `.` and `..`, which JFFS2 does not store, come first in every listing.
  private static let dots: [(name: [UInt8], position: UInt64)] = [([0x2E], 1), ([0x2E, 0x2E], 2)]

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    list(node, offset, reply)
  }

  func readdirplus(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    list(node, offset, reply)
  }

  private func list(_ node: NodeID, _ offset: UInt64, _ reply: consuming DirectoryReply) {
    count()
    for dot in Self.dots where dot.position > offset {
      // The kernel knows where `..` leads and shows that number itself.
      guard
        reply.add(
          name: dot.name.span, type: UInt8(JFFS2.FileType.directory.rawValue >> 12),
          ino: node.rawValue,
          nextOffset: dot.position)
      else { return reply.finish() }
    }
    let isPlus = reply.isPlus
    let position = offset > 2 ? Int(clamping: offset - 2) : 0
    do throws(JFFS2Error) {
      for found in try volume.entries(of: InodeNumberMapping.ino(node), from: position) {
        let isAdded = reply.add(
          name: found.name.span, type: found.type, ino: numbering.number(found.ino),
          entry: isPlus ? entryToLink(found) : nil, nextOffset: UInt64(found.nextPosition) + 2)
        if !isAdded { break }
      }
      reply.finish()
    } catch {
      damage.log(error, reading: InodeNumberMapping.ino(node))
      reply.error(error.errno)
    }
  }

  /// The entry that the kernel may use as the reply to a look-up of the name, or nil if it must request one.
  ///
  /// That is so where a look-up fails, where it would show another type than the listing, and for the root, which has no parent.
  private func entryToLink(_ found: DirectoryEntry) -> Entry? {
    guard found.name.count <= Volume.maximumNameLength, found.ino != Volume.rootIno else {
      return nil
    }
    do throws(JFFS2Error) {
      let entry = try entry(found.ino)
      return entry.attributes.mode >> 12 == UInt32(found.type) ? entry : nil
    } catch {
      return nil
    }
  }
}
