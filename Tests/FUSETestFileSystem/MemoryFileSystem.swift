import FUSE
import Glibc
import Synchronization
import SystemPackage

/// Five files and a large directory, in memory; counts its requests.
///
/// `user.count.OPERATION` on the root shows how often an operation was called.
final class MemoryFileSystem: FileSystem {
  static let hello = NodeID(rawValue: 2)
  static let link = NodeID(rawValue: 3)
  static let sparse = NodeID(rawValue: 4)
  static let many = NodeID(rawValue: 5)
  static let forgotten = NodeID(rawValue: 6)
  static let throwing = NodeID(rawValue: 7)
  static let lying = NodeID(rawValue: 8)

  private static let rootNames: [(name: String, node: NodeID, type: UInt8)] = [
    ("hello", hello, 8), ("link", link, 10), ("sparse", sparse, 8), ("many", many, 4),
    ("forgotten", forgotten, 8), ("throwing", throwing, 8), ("odd", NodeID(rawValue: 77), 9),
    ("mismatched", hello, 1), ("lying", lying, 8),
  ]
  static let manyCount = 3000
  static let text = Array("Hello, world\n".utf8)

  private let counts = Mutex<[String: Int]>([:])
  private let plus: Bool

  init(plus: Bool) {
    self.plus = plus
  }

  private func count(_ operation: String) {
    counts.withLock { $0[operation, default: 0] += 1 }
  }

  func start(_ connection: inout Connection) {
    connection.wanted.remove(.readdirplusAuto)
    if !plus { connection.wanted.remove(.readdirplus) }
  }

  func stop() {
    say("stopped")
  }

  private func attributes(of node: NodeID) -> Attributes? {
    switch node {
    case .root, Self.many: Attributes(ino: node.rawValue, mode: 0o040755, nlink: 2)
    case Self.link: Attributes(ino: 3, mode: 0o120777, size: 5)
    case Self.sparse: Attributes(ino: 4, mode: 0o100644, size: 300_000)
    case Self.hello:
      Attributes(
        ino: 2, mode: 0o100640, nlink: 3, uid: 12, gid: 34, size: UInt64(Self.text.count),
        blocks: 8, blockSize: 4096, atime: .init(seconds: -5),
        mtime: .init(seconds: 1_700_000_000, nanoseconds: 123_456_789),
        ctime: .init(seconds: 5_000_000_000))
    case Self.forgotten, Self.throwing, Self.lying:
      Attributes(ino: node.rawValue, mode: 0o100644, size: 10)
    case NodeID(rawValue: 77):
      Attributes(ino: 77, mode: 0o020600, rdev: .init(major: 259, minor: 70000))
    case let node where (1000..<1000 + UInt64(Self.manyCount)).contains(node.rawValue):
      Attributes(ino: node.rawValue, mode: 0o100644)
    default: nil
    }
  }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    count("lookup")
    let name = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
    let node: NodeID? =
      parent == .root
      ? Self.rootNames.first { $0.name == name }?.node
      : Int(name.dropFirst(6)).map { NodeID(rawValue: 1000 + UInt64($0)) }
    guard let node, let attributes = attributes(of: node) else { return reply.negative() }
    reply.entry(Entry(node: node, attributes: attributes))
  }

  func forget(_ node: NodeID, count: UInt64) {
    self.count("forget")
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    count("getattr")
    guard let attributes = attributes(of: node) else { return reply.error(.ioError) }
    reply.attributes(attributes)
  }

  func readlink(_ node: NodeID, request: Request, reply: consuming LinkReply) {
    count("readlink")
    let target = Array("hello".utf8)
    reply.target(target.span)
  }

  func open(_ node: NodeID, flags: Int32, request: Request, reply: consuming OpenReply) {
    count("open")
    reply.opened(.keepCache, handle: node.rawValue + 100)
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    count("read")
    guard handle == node.rawValue + 100 else { return reply.error(.badFileDescriptor) }
    switch node {
    case Self.forgotten: return
    case Self.throwing: reply.data(size) { _ throws(Errno) in throw .notPermitted }
    case Self.lying: reply.data(trusting: size) { _ throws(Errno) in -1 }
    case Self.hello:
      let rest = Array(Self.text.dropFirst(Int(offset)))
      reply.data(rest.span)
    default:
      reply.data(max(0, 300_000 - Int(offset))) { bytes throws(Errno) in
        for index in 0..<bytes.capacity { bytes.append(UInt8((Int(offset) + index) % 251)) }
      }
    }
  }

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    count(reply.isPlus ? "readdirplus" : "readdir")
    let total = node == .root ? Self.rootNames.count : Self.manyCount
    for index in Int(offset)..<max(Int(offset), total) {
      let row =
        node == .root
        ? Self.rootNames[index]
        : ("entry-\(index)", NodeID(rawValue: 1000 + UInt64(index)), 8)
      let entry =
        row.0 == "odd" ? nil : attributes(of: row.1).map { Entry(node: row.1, attributes: $0) }
      let name = Array(row.0.utf8)
      guard
        reply.add(
          name: name.span, type: row.2, ino: row.1.rawValue, entry: entry,
          nextOffset: UInt64(index + 1))
      else { break }
    }
    reply.finish()
  }

  func statfs(_ node: NodeID, request: Request, reply: consuming StatisticsReply) {
    reply.statistics(Statistics(blockSize: 4096, blocks: 1000, files: 42, nameLength: 254))
  }

  func getxattr(
    _ name: Span<UInt8>, of node: NodeID, request: Request, reply: consuming XattrReply
  ) {
    let name = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
    if name == "user.lazy" {
      reply.value(count: 6) { bytes throws(Errno) in
        bytes.append(repeating: UInt8(ascii: "z"), count: 6)
      }
    } else if name.hasPrefix("user.count.") {
      let value = Array(String(counts.withLock { $0[String(name.dropFirst(11))] ?? 0 }).utf8)
      reply.value(value.span)
    } else {
      reply.error(.noData)
    }
  }

  func listxattr(_ node: NodeID, request: Request, reply: consuming XattrReply) {
    let list = Array("user.lazy\0user.other\0".utf8)
    reply.value(list.span)
  }

  func access(_ node: NodeID, mode: Int32, request: Request, reply: consuming EmptyReply) {
    count("access")
    if mode & 2 != 0 { reply.error(.readOnlyFileSystem) } else { reply.success() }
  }

  func lseek(
    _ node: NodeID, offset: UInt64, to target: SeekTarget, handle: UInt64, request: Request,
    reply: consuming SeekReply
  ) {
    guard offset < 300_000 else { return reply.error(.noSuchAddressOrDevice) }
    // Data, then a hole from 100,000 to 200,000.
    switch target {
    case .data: reply.offset((100_000..<200_000).contains(offset) ? 200_000 : offset)
    case .hole: reply.offset(offset < 100_000 ? 100_000 : offset < 200_000 ? offset : 300_000)
    }
  }
}

/// Prints a line at once: standard output is a pipe, which `print` would fill first.
func say(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = write(1, bytes, bytes.count)
}
