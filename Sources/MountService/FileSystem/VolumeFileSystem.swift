internal import FUSE
internal import JFFS2
internal import Synchronization
internal import SystemPackage

/// A file system that counts its requests.
protocol RequestCounting: FileSystem {
  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 { get }
}

/// A volume as a mounted file system.
///
/// Nothing ever changes, so the kernel may cache every reply forever and sends no requests to open files.
final class VolumeFileSystem: RequestCounting {
  let volume: Volume
  let ownership: OwnershipOverride
  let numbering: InodeNumberMapping
  /// Whether the kernel is to enforce the access control lists of the image.
  let enforcesAccessLists: Bool
  let damage: DamageLogger
  private let requests = Atomic<UInt64>(0)

  init(
    _ volume: Volume, ownership: OwnershipOverride, enforcesAccessLists: Bool,
    numbering: InodeNumberMapping = .single, directory: String = "",
    log: @escaping @Sendable (() -> String) -> Void
  ) {
    self.volume = volume
    self.ownership = ownership
    self.numbering = numbering
    self.enforcesAccessLists = enforcesAccessLists
    self.damage = DamageLogger(volume, directory: directory, log: log)
  }

  /// The requests answered so far, forgetting aside.
  var requestCount: UInt64 { requests.load(ordering: .relaxed) }

  func start(_ connection: inout Connection) {
    connection.useForImmutable(enforcesAccessLists: enforcesAccessLists)
  }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    count()
    guard name.count <= Volume.maximumNameLength else { return reply.error(.fileNameTooLong) }
    var requested = InodeNumberMapping.ino(parent)
    do throws(JFFS2Error) {
      guard let ino = try volume.lookup(name, in: requested) else { return reply.negative() }
      requested = ino
      // The kernel finds every other loop itself, but would call this one an I/O error.
      guard ino != Volume.rootIno else { return reply.error(.tooManySymbolicLinkLevels) }
      _ = reply.entry(try entry(ino))
    } catch {
      damage.log(error, reading: requested)
      reply.error(error.errno)
    }
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    count()
    do throws(JFFS2Error) {
      reply.attributes(try attributes(InodeNumberMapping.ino(node)))
    } catch {
      damage.log(error, reading: InodeNumberMapping.ino(node))
      reply.error(error.errno)
    }
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    count()
    do throws(JFFS2Error) {
      let target = try volume.target(ofSymbolicLink: InodeNumberMapping.ino(node))
      guard target.count <= PathIndex.maximumPathLength else {
        return reply.error(.fileNameTooLong)
      }
      reply.target(target.span)
    } catch {
      damage.log(error, reading: InodeNumberMapping.ino(node))
      reply.error(error.errno)
    }
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    count()
    let ino = InodeNumberMapping.ino(node)
    // The volume returns how many bytes it has written.
    reply.data(trusting: size) { buffer throws(Errno) in
      do throws(JFFS2Error) {
        return try volume.read(ino, at: offset, into: &buffer)
      } catch {
        damage.log(error, reading: ino)
        throw error.errno
      }
    }
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    count()
    let ino = InodeNumberMapping.ino(node)
    do throws(JFFS2Error) {
      let found =
        switch target {
        case .data: try volume.nextData(ino, from: offset)
        case .hole: try volume.nextHole(ino, from: offset)
        }
      guard let found else { return reply.error(.noSuchAddressOrDevice) }
      reply.offset(found)
    } catch {
      damage.log(error, reading: ino)
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

  /// The root as the answer to a look-up; an error is logged.
  func rootEntry() throws(JFFS2Error) -> Entry {
    count()
    do {
      return try entry(Volume.rootIno)
    } catch {
      damage.log(error, reading: Volume.rootIno)
      throw error
    }
  }

  /// An inode as the answer to a look-up.
  func entry(_ ino: UInt32) throws(JFFS2Error) -> Entry {
    Entry(node: numbering.node(ino), attributes: try attributes(ino))
  }

  private func attributes(_ ino: UInt32) throws(JFFS2Error) -> Attributes {
    ownership.attributes(try volume.attributes(of: ino), number: numbering.number(ino))
  }
}
