import CXattr
import Glibc
import Testing

@Suite(
  "Operations against the kernel", .enabled(if: MountedFileSystem.isSupported, "needs /dev/fuse"),
  .timeLimit(.minutes(1)))
struct OperationTests {
  let mounted: MountedFileSystem

  init() throws {
    mounted = try MountedFileSystem()
  }

  /// Reads with `pread`; nil and `errno` if that fails.
  private func read(_ name: String, at offset: Int, count: Int) -> [UInt8]? {
    let descriptor = Glibc.open(mounted.path(name), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let length = pread(descriptor, &bytes, count, offset)
    return length < 0 ? nil : Array(bytes.prefix(length))
  }

  @Test func `stat shows every attribute`() {
    var status = stat()
    #expect(lstat(mounted.path("hello"), &status) == 0)
    #expect(status.st_ino == 2 && status.st_mode == 0o100640 && status.st_nlink == 3)
    #expect(status.st_uid == 12 && status.st_gid == 34 && status.st_size == 13)
    #expect(status.st_blocks == 8 && status.st_blksize == 4096)
    #expect(status.st_atim.tv_sec == -5 && status.st_ctim.tv_sec == 5_000_000_000)
    #expect(status.st_mtim.tv_sec == 1_700_000_000 && status.st_mtim.tv_nsec == 123_456_789)
  }

  @Test func `a device number arrives whole`() {
    var status = stat()
    #expect(lstat(mounted.path("odd"), &status) == 0)
    #expect(status.st_rdev == 259 << 8 | 70000 & 0xff | (70000 & 0xfff00) << 12)
  }

  @Test func `a missing name is requested once`() {
    for _ in 0..<5 {
      #expect(access(mounted.path("missing"), F_OK) == -1 && errno == ENOENT)
    }
    #expect(mounted.count("lookup") == 1)
  }

  @Test func `attributes and names are kept`() {
    var status = stat()
    for _ in 0..<5 { #expect(lstat(mounted.path("hello"), &status) == 0) }
    #expect(mounted.count("lookup") == 1)
  }

  @Test func `a symbolic link leads on`() {
    var target = [UInt8](repeating: 0, count: 50)
    let length = readlink(mounted.path("link"), &target, 50)
    #expect(target.prefix(max(0, length)).elementsEqual("hello".utf8))
    #expect(read("link", at: 7, count: 100) == Array("world\n".utf8))
  }

  @Test(arguments: [(0, 300_000), (1, 5), (131_071, 3), (299_999, 10), (300_000, 10)])
  func `a read gives the bytes at its offset`(offset: Int, count: Int) {
    let end = min(300_000, offset + count)
    #expect(
      read("sparse", at: offset, count: count) == (offset..<end).map { UInt8($0 % 251) })
  }

  @Test func `a forgotten reply is EIO`() {
    #expect(read("forgotten", at: 0, count: 10) == nil && errno == EIO)
  }

  @Test func `what a handler throws is the answer`() {
    #expect(read("throwing", at: 0, count: 10) == nil && errno == EPERM)
  }

  @Test func `a number of bytes that cannot be is an I-O error`() {
    #expect(read("lying", at: 0, count: 10) == nil && errno == EIO)
  }

  @Test func `xattrs have sizes, values and errors`() {
    let path = mounted.path("hello")
    #expect(xattr("user.lazy", of: path) == "zzzzzz")
    #expect(lgetxattr(path, "user.lazy", nil, 0) == 6)
    #expect(xattr("user.lazy", of: path, room: 5) == nil && errno == ERANGE)
    #expect(xattr("user.none", of: path) == nil && errno == ENODATA)
    var names = [CChar](repeating: 0, count: 100)
    #expect(llistxattr(path, nil, 0) == 21)
    #expect(llistxattr(path, &names, 100) == 21)
    #expect(llistxattr(path, &names, 20) == -1 && errno == ERANGE)
  }

  @Test func `statfs returns the values of the file system`() {
    var status = statvfs()
    #expect(statvfs(mounted.directory, &status) == 0)
    #expect(status.f_bsize == 4096 && status.f_blocks == 1000 && status.f_bfree == 0)
    #expect(status.f_files == 42 && status.f_namemax == 254)
  }

  @Test(
    arguments: [
      (3, 50_000, 50_000), (3, 150_000, 200_000), (4, 0, 100_000), (4, 250_000, 300_000),
    ] as [(Int32, Int, Int)])
  func `data and holes are found`(whence: Int32, offset: Int, expected: Int) {
    let descriptor = Glibc.open(mounted.path("sparse"), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(lseek(descriptor, offset, whence) == expected)
  }

  @Test func `nothing is found past the end`() {
    let descriptor = Glibc.open(mounted.path("sparse"), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(lseek(descriptor, 300_000, 3) == -1 && errno == ENXIO)
  }

  @Test func `access is passed to the file system`() {
    #expect(access(mounted.path("hello"), R_OK) == 0)
    #expect(mounted.count("access") >= 1)
  }

  @Test func `open and release reach it with their handle`() {
    #expect(read("hello", at: 0, count: 5) == Array("Hello".utf8))
    #expect(mounted.count("open") == 1)
  }
}
