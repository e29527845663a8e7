internal import FUSE
internal import JFFS2
internal import Synchronization
internal import SystemPackage

/// A file system that counts its requests.
protocol CountingFileSystem: FileSystem {
  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 { get }
}

/// A volume as a mounted file system.
///
/// Nothing ever changes, and the kernel is reported so: every answer may be kept forever, and opening is not requested at all.
final class VolumeFileSystem: CountingFileSystem {
  let volume: Volume
  let ownership: Ownership
  let numbering: InodeNumbering
  /// Whether the kernel is to check the image's permissions and access control lists.
  let checksPermissions: Bool
  let damage: DamageReport
  private let requests = Atomic<UInt64>(0)

  init(
    _ volume: Volume, ownership: Ownership, checksPermissions: Bool,
    numbering: InodeNumbering = .single, directory: String = "",
    log: @escaping @Sendable (() -> String) -> Void
  ) {
    self.volume = volume
    self.ownership = ownership
    self.numbering = numbering
    self.checksPermissions = checksPermissions
    self.damage = DamageReport(volume, directory: directory, log: log)
  }

  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 { requests.load(ordering: .relaxed) }

  func start(_ connection: inout Connection) {
    connection.useForImmutable(checksPermissions: checksPermissions)
  }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    count()
    guard name.count <= Volume.maximumNameLength else { return reply.error(.fileNameTooLong) }
    do throws(JFFS2Error) {
      guard let ino = try volume.lookup(name, in: InodeNumbering.ino(parent)) else {
        return reply.negative()
      }
      // The kernel finds every other loop itself, but would call this one an I/O error.
      guard ino != Volume.rootIno else { return reply.error(.tooManySymbolicLinkLevels) }
      _ = reply.entry(try entry(ino))
    } catch {
      damage.note(error)
      reply.error(error.errno)
    }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    count()
    do throws(JFFS2Error) {
      reply.attributes(try attributes(InodeNumbering.ino(node)))
    } catch {
      damage.note(error)
      reply.error(error.errno)
    }
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    count()
    do throws(JFFS2Error) {
      let target = try volume.target(ofSymbolicLink: InodeNumbering.ino(node))
      guard target.count < 4096 else { return reply.error(.fileNameTooLong) }
      reply.target(target.span)
    } catch {
      damage.note(error)
      reply.error(error.errno)
    }
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    count()
    reply.data(size) { buffer throws(Errno) in
      do throws(JFFS2Error) {
        return try volume.read(InodeNumbering.ino(node), at: offset, into: &buffer)
      } catch {
        damage.note(error)
        throw error.errno
      }
    }
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    count()
    let ino = InodeNumbering.ino(node)
    do throws(JFFS2Error) {
      let found =
        switch target {
        case .data: try volume.nextData(ino, from: offset)
        case .hole: try volume.nextHole(ino, from: offset)
        }
      guard let found else { return reply.error(.noSuchAddressOrDevice) }
      reply.offset(found)
    } catch {
      damage.note(error)
      reply.error(error.errno)
    }
  }

  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    count()
    let blockSize: UInt32 = 4096
    reply.statistics(
      Statistics(
        blockSize: blockSize,
        blocks: (UInt64(volume.range.length) + UInt64(blockSize) - 1) / UInt64(blockSize),
        blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0,
        nameLength: UInt32(Volume.maximumNameLength)))
  }

  /// Takes note that a request came.
  func count() { requests.wrappingAdd(1, ordering: .relaxed) }

  /// An inode as the answer to a look-up.
  func entry(_ ino: UInt32) throws(JFFS2Error) -> Entry {
    Entry(node: numbering.node(ino), attributes: try attributes(ino))
  }

  private func attributes(_ ino: UInt32) throws(JFFS2Error) -> Attributes {
    let inode = try volume.attributes(of: ino)
    return Attributes(
      ino: numbering.number(ino), mode: ownership.mode(inode.mode), nlink: inode.linkCount,
      uid: ownership.uid ?? UInt32(inode.uid), gid: ownership.gid ?? UInt32(inode.gid),
      rdev: Attributes.Device(
        major: inode.device?.major ?? 0, minor: inode.device?.minor ?? 0),
      size: inode.size, blocks: inode.blockCount, blockSize: 4096,
      atime: Attributes.Timestamp(seconds: Int64(inode.accessTime)),
      mtime: Attributes.Timestamp(seconds: Int64(inode.modificationTime)),
      ctime: Attributes.Timestamp(seconds: Int64(inode.changeTime)))
  }
}
