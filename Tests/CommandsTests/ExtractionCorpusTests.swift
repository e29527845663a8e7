import CXattr
import Foundation
import Glibc
import TestSupport
import Testing

/// Whole trees on disk against what the Linux driver serves; for root with owners, devices and all attributes.
@Suite struct `jffs2 extract of whole images` {
  @Test(arguments: AnsweredImage.fixtures)
  func `gives of a fixture what the driver serves`(image: AnsweredImage) throws {
    try compare(image)
  }

  @Test(
    .enabled(if: !AnsweredImage.sound.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.sound)
  func `gives what the driver serves`(image: AnsweredImage) throws {
    try compare(image)
  }

  @Test(
    .enabled(if: !AnsweredImage.damaged.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.damaged)
  func `gives of a damaged image what the driver serves`(image: AnsweredImage) throws {
    try compare(image)
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root can become another user"),
    arguments: AnsweredImage.fixtures + AnsweredImage.sound)
  func `gives another user the same but for owners and devices`(image: AnsweredImage) throws {
    try compare(image, asNobody: true)
  }

  private func compare(_ image: AnsweredImage, asNobody: Bool = false) throws {
    let workspace = try Workspace()
    let file = try workspace.write(image.bytes())
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: workspace.folder.path)
    let isRoot = geteuid() == 0 && !asNobody
    let user = asNobody ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    let options = ["--damaged", "zero", "-C", "out"] + (isRoot ? ["--devices"] : [])
    let result = try ChildProcess(
      user + [Workspace.program(), "extract"] + options + [file], in: workspace.folder.path
    ).wait(seconds: 120)
    let manifest = try image.manifest()
    #expect((result.status == 1) == manifest.entries.contains { $0.statErrno != nil })
    var contents: [(path: String, sum: String, bytes: [UInt8])] = []
    var expectedCount = 0
    for entry in manifest.entries where entry.statErrno == nil {
      let type = try #require(entry.mode.flatMap { mode_t($0.dropFirst(2), radix: 8) }) & S_IFMT
      if !isRoot, type == S_IFCHR || type == S_IFBLK { continue }
      expectedCount += 1
      let path = Array((workspace.folder.path + "/out/").utf8) + entry.pathBytes
      try compare(entry, path, isRoot: isRoot)
      if type == S_IFREG, let sum = entry.sha256 {
        contents.append((entry.path, sum, try read(path)))
      }
    }
    let sums = try sha256Sums(contents.map(\.bytes))
    for (item, sum) in zip(contents, sums) { #expect(item.sum == sum, "\(item.path)") }
    let found = try ChildProcess(
      ["find", workspace.folder.path + "/out", "-printf", "."]
    ).wait()
    #expect(found.output.utf8.count == expectedCount)
  }

  private func compare(_ entry: Manifest.Entry, _ path: [UInt8], isRoot: Bool) throws {
    let path = path.map(CChar.init(bitPattern:)) + [0]
    var status = stat()
    try #require(lstat(path, &status) == 0, "\(entry.path)")
    let mode = try #require(entry.mode.flatMap { mode_t($0.dropFirst(2), radix: 8) })
    #expect(status.st_mode == (isRoot ? mode : mode & ~0o6000), "\(entry.path)")
    let type = mode & S_IFMT
    if type == S_IFREG { #expect(entry.size == UInt64(status.st_size), "\(entry.path)") }
    #expect(entry.mtime == UInt64(status.st_mtim.tv_sec), "\(entry.path)")
    // Without devices a directory with links to them is as full as before; files are not.
    if type != S_IFDIR { #expect(entry.nlink == UInt64(status.st_nlink), "\(entry.path)") }
    if type == S_IFLNK {
      var target = [CChar](repeating: 0, count: 4096)
      let count = readlink(path, &target, target.count)
      #expect(
        entry.targetBytes == Array(target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }))
    }
    guard isRoot else { return }
    #expect(entry.uid == UInt64(status.st_uid), "\(entry.path)")
    #expect(entry.gid == UInt64(status.st_gid), "\(entry.path)")
    if let device = entry.rdev {
      // As makedev(3) joins them.
      let numbers = device.split(separator: ":").compactMap { UInt64($0) }
      let (major, minor) = (try #require(numbers.first), try #require(numbers.last))
      let joined = major << 8 | minor & 0xFF | (minor & ~0xFF) << 12
      #expect(joined == UInt64(status.st_rdev), "\(entry.path)")
    }
    for (name, value) in entry.xattrs ?? [:] {
      guard case .bytes(let expected) = value else { continue }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = lgetxattr(path, name, &bytes, bytes.count)
      #expect(hex(Array(bytes.prefix(max(0, count)))) == expected, "\(entry.path): \(name)")
    }
  }

  private func read(_ path: [UInt8]) throws -> [UInt8] {
    let file = try #require(fopen(path.map(CChar.init(bitPattern:)) + [0], "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer.prefix(count)
    }
    return bytes
  }
}
