// hello-fs MOUNTPOINT: a file system with one file, hello.txt. It runs until it is unmounted (fusermount3 -u MOUNTPOINT).
import FUSE
import Glibc
import SystemPackage

final class HelloFileSystem: FileSystem {
  private static let file = NodeID(rawValue: 2)
  private static let name = Array("hello.txt".utf8)
  private static let text = Array("Hello, world!\n".utf8)

  private func attributes(of node: NodeID) -> Attributes {
    node == .root
      ? Attributes(ino: 1, mode: 0o040555, nlink: 2)
      : Attributes(ino: 2, mode: 0o100444, size: UInt64(Self.text.count))
  }

  func lookup(
    _ name: Span<UInt8>, in parent: NodeID, request: Request, reply: consuming EntryReply
  ) {
    guard name.indices.map({ name[$0] }) == Self.name else { return reply.negative() }
    reply.entry(Entry(node: Self.file, attributes: attributes(of: Self.file)))
  }

  func getattr(_ node: NodeID, request: Request, reply: consuming AttributesReply) {
    reply.attributes(attributes(of: node))
  }

  func readdir(
    _ node: NodeID, offset: UInt64, handle: UInt64, request: Request,
    reply: consuming DirectoryReply
  ) {
    if offset == 0 {
      _ = reply.add(name: Self.name.span, type: 8, ino: Self.file.rawValue, nextOffset: 1)
    }
    reply.finish()
  }

  func read(
    _ node: NodeID, offset: UInt64, size: Int, handle: UInt64, request: Request,
    reply: consuming DataReply
  ) {
    reply.data(Self.text.span.extracting(droppingFirst: Int(clamping: offset)))
  }
}

guard CommandLine.arguments.count == 2 else {
  print("usage: hello-fs MOUNTPOINT")
  exit(2)
}
do throws(FUSEError) {
  let session = try Session(
    HelloFileSystem(), options: SessionOptions(arguments: ["ro", "fsname=hello"]))
  try session.mount(at: FilePath(CommandLine.arguments[1])).serve()
} catch {
  print("hello-fs: \(error)")
  exit(1)
}
