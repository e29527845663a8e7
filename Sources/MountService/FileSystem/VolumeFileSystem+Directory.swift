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
    var isFull = false
    var position = offset > 2 ? Int(clamping: offset - 2) : 0
    do throws(JFFS2Error) {
      // One name a step: a reply cannot be changed from inside a closure that it might outlive.
      while !isFull {
        var found: (entry: DirectoryEntry, name: [UInt8])?
        try volume.list(InodeNumbering.ino(node), from: position) { entry, name in
          found = (entry, name.indices.map { name[$0] })
          return false
        }
        guard let found else { break }
        position = found.entry.nextPosition
        isFull = !reply.add(
          name: found.name.span, type: found.entry.type, ino: numbering.number(found.entry.ino),
          entry: isPlus ? entryToLink(found.entry, name: found.name.span) : nil,
          nextOffset: UInt64(position) + 2)
      }
      reply.finish()
    } catch {
      damage.note(error)
      reply.error(error.errno)
    }
  }

  /// The entry that the kernel may use as the reply to a look-up of the name, or nil if it must request one.
  ///
  /// That is so where a look-up fails, where it would show another type than the listing, and for the root, which has no parent.
  private func entryToLink(_ found: DirectoryEntry, name: Span<UInt8>) -> Entry? {
    guard name.count <= Volume.maximumNameLength, found.ino != Volume.rootIno else { return nil }
    do throws(JFFS2Error) {
      let entry = try entry(found.ino)
      return entry.attributes.mode >> 12 == UInt32(found.type) ? entry : nil
    } catch {
      return nil
    }
  }
}
