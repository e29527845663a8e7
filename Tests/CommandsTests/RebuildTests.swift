import Foundation
import TestSupport
import Testing

private let hasRebuildTools =
  getuid() == 0
  && ["/usr/sbin/mkfs.jffs2", "/usr/bin/mkimage"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: $0)
  }

private let hasXattrTools = ["/usr/bin/setfattr", "/usr/bin/fakeroot"].allSatisfy {
  FileManager.default.isExecutableFile(atPath: $0)
}

private let hasACLTools = FileManager.default.isExecutableFile(atPath: "/usr/bin/setfacl")

/// `jffs2 info` reports an image that mkfs.jffs2 and mkimage made the command lines that make it again.
@Suite(.enabled(if: hasRebuildTools, "needs mkfs.jffs2, mkimage and root"))
struct `Making an image again` {
  private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

  private func run(_ command: String, in folder: URL) throws {
    let result = try ChildProcess(
      ["/bin/sh", "-ec", command], in: folder.path, environment: Self.environment
    ).wait()
    #expect(result.status == 0, "\(command): \(result.error)")
  }

  private func report(_ workspace: Workspace, _ file: String) throws -> Report {
    let result = try workspace.jffs2("info", "--json", file)
    #expect(result.status == 0, "\(result.error)")
    try Schema.expect(result.output, fits: "info")
    return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
  }

  private func makeTree(_ workspace: Workspace) throws {
    try run(
      """
      mkdir -p tree/etc/init.d tree/dev
      seq 1 20000 > tree/etc/numbers
      head -c 30000 /dev/urandom > tree/noise
      ln -s etc/numbers tree/link
      ln tree/noise tree/etc/same
      mknod tree/dev/console c 5 1
      mkfifo tree/fifo
      chmod 640 tree/noise
      chown 1000:1001 tree/etc
      find tree -exec touch -h -d @1400000000 {} +
      tar -cpf tree.tar -C tree .
      """, in: workspace.folder)
  }

  @Test(arguments: [
    "-l -e 0x10000", "-b -e 0x20000 -n", "-l -e 0x8000 --pad=0x40000", "-l -e 0x10000 -x rtime",
    "-l -e 0x10000 -m none", "-b -e 0x10000 -X lzo -x zlib -x rtime", "-l -e 0x10000 -s 8192 -p",
    "-l -e 0x20000 -c 20 --pad=0x80000",
  ])
  func `mkfs.jffs2 makes the same bytes again`(options: String) throws {
    let workspace = try Workspace()
    try makeTree(workspace)
    try run("mkfs.jffs2 -r tree -o original.jffs2 \(options)", in: workspace.folder)
    let report = try report(workspace, "original.jffs2")
    let mkfs = try #require(report.file_systems.first).rebuild.mkfs
    // Root needs no fakeroot; the tree comes from the archive as from an export.
    #expect(mkfs.hasPrefix("fakeroot sh -c "))
    try run("rm -rf tree; \(mkfs.dropFirst("fakeroot ".count))", in: workspace.folder)
    try run("cmp original.jffs2 new.jffs2", in: workspace.folder)
  }

  @Test(.enabled(if: hasXattrTools, "needs setfattr and fakeroot"), arguments: ["root", "nobody"])
  func `the lines for a tree with attributes lose no file`(user: String) throws {
    let workspace = try Workspace()
    try makeTree(workspace)
    try run(
      """
      setfattr -n user.key -v value tree/noise
      setfattr -n user.other -v 1 tree/etc
      mkfs.jffs2 -r tree -o original.jffs2 -l -e 0x10000 --with-xattr
      rm -rf tree tree.tar
      """, in: workspace.folder)
    let rebuild = try #require(try report(workspace, "original.jffs2").file_systems.first).rebuild
    #expect(rebuild.notes.contains { $0.contains("drops the extended attributes") })
    let jffs2 = try Workspace.program()
    try run("'\(jffs2)'\(rebuild.export.dropFirst("jffs2".count))", in: workspace.folder)
    try run("chmod 777 .", in: workspace.folder)
    try rebuild.mkfs.write(
      to: workspace.folder.appending(path: "line"), atomically: false, encoding: .utf8)
    try run("runuser -u \(user) -- sh -e line", in: workspace.folder)
    try run(
      """
      for file in original new; do '\(jffs2)' export --format mtree -o $file.mtree $file.jffs2; done
      cmp original.mtree new.mtree
      """, in: workspace.folder)
    let line = try #require(rebuild.mkfs_as_root)
    try run("rm -rf tree; \(line.dropFirst("sudo ".count))", in: workspace.folder)
    try run("cmp original.jffs2 new.jffs2", in: workspace.folder)
  }

  @Test(.enabled(if: hasACLTools, "needs setfacl"))
  func `the lines for a tree with access control lists keep them`() throws {
    let workspace = try Workspace()
    try makeTree(workspace)
    try run(
      """
      setfacl -m u:1234:rwx,g::r-x,m::rw- tree/noise
      setfacl -m d:u:1234:rw-,d:g:12:r-- tree/etc
      setfacl -m g:12:rwx tree/etc
      mkfs.jffs2 -r tree -o original.jffs2 -l -e 0x10000 --with-xattr
      rm -rf tree tree.tar
      """, in: workspace.folder)
    let rebuild = try #require(try report(workspace, "original.jffs2").file_systems.first).rebuild
    #expect(rebuild.notes.contains { $0.contains("a file with an access control list") })
    let jffs2 = try Workspace.program()
    try run("'\(jffs2)'\(rebuild.export.dropFirst("jffs2".count))", in: workspace.folder)
    let line = try #require(rebuild.mkfs_as_root)
    try run(String(line.dropFirst("sudo ".count)), in: workspace.folder)
    try run(
      """
      for file in original new; do
        '\(jffs2)' ls -R --json $file.jffs2 | sed 's/"[ac]time":[0-9]*,//g' > $file.json
      done
      grep -q posix_acl_access original.json
      grep -q posix_acl_default original.json
      cmp original.json new.json
      """, in: workspace.folder)
  }

  @Test func `mkimage makes the same header again`() throws {
    let workspace = try Workspace()
    try makeTree(workspace)
    try run(
      """
      mkfs.jffs2 -r tree -o new.jffs2 -l -e 0x10000
      mkimage -A mips -O linux -T filesystem -C gzip -n "it's a \\"home\\"" -d new.jffs2 original
      """, in: workspace.folder)
    let report = try report(workspace, "original")
    let container = try #require(report.containers.first)
    #expect(container.name == "it's a \"home\"")
    #expect([container.architecture, container.operating_system] == ["mips", "linux"])
    #expect([container.type, container.compression] == ["filesystem", "gzip"])
    #expect([container.header_crc, container.data_crc] == ["good", "good"])
    let mkimage = try #require(report.file_systems.first?.rebuild.mkimage)
    // All but the time and the header's own checksum.
    try run(
      """
      \(mkimage)
      for file in original new.uimage; do
        (head -c 4 $file; tail -c +13 $file) > $file.rest
      done
      cmp original.rest new.uimage.rest
      """, in: workspace.folder)
  }

  @Test(arguments: [
    (
      "gzip -nk fs; mkimage -A arm -O linux -T filesystem -C gzip -n x -d fs.gz original",
      "mkimage -A arm -O linux -T filesystem -C none -n x -d new.jffs2 new.uimage",
      ["the outer layers are not rebuilt"]
    ),
    (
      """
      seq 1 5000 > kernel
      mkimage -A arm -O linux -T multi -C none -n x -d kernel:fs original
      """,
      "mkimage -A arm -O linux -T filesystem -C none -n x -d new.jffs2 new.uimage",
      ["the other members of the U-Boot image are not rebuilt"]
    ),
    (
      """
      seq 1 5000 > kernel
      mkimage -A arm -O linux -T kernel -C none -n x -d kernel original
      cat fs >> original
      """, nil, ["the outer layers are not rebuilt"]
    ),
  ])
  func `the line for the header says what it will hold`(
    commands: String, line: String?, notes: [String]
  ) throws {
    let workspace = try Workspace()
    try makeTree(workspace)
    try run("mkfs.jffs2 -r tree -o fs -l -e 0x10000\n" + commands, in: workspace.folder)
    let rebuild = try #require(try report(workspace, "original").file_systems.first).rebuild
    #expect(rebuild.mkimage == line)
    #expect(rebuild.notes == notes)
    guard let line else { return }
    try run("cp fs new.jffs2; \(line)", in: workspace.folder)
    let made = try #require(try report(workspace, "new.uimage").containers.first)
    #expect([made.type, made.compression] == ["filesystem", "none"])
  }
}

private struct Report: Decodable {
  struct Container: Decodable {
    let name, operating_system, architecture, type, compression, header_crc, data_crc: String?
  }

  struct Rebuild: Decodable {
    let export: String
    let mkfs: String
    let mkfs_as_root: String?
    let mkimage: String?
    let notes: [String]
  }

  struct FileSystem: Decodable {
    let rebuild: Rebuild
  }

  let containers: [Container]
  let file_systems: [FileSystem]
}
