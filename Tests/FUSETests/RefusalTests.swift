import CXattr
import Glibc
import Testing

/// One thing that a program does with a file system, and what came of it: an errno, 0 for success.
struct Attempt: Sendable, CustomTestStringConvertible {
  let name: String
  let expected: Int32
  private let run: @Sendable (MountedFileSystem) -> Bool

  init(_ name: String, _ expected: Int32, _ run: @escaping @Sendable (MountedFileSystem) -> Bool) {
    self.name = name
    self.expected = expected
    self.run = run
  }

  func outcome(on mounted: MountedFileSystem) -> Int32 {
    errno = 0
    return run(mounted) ? 0 : errno
  }

  var testDescription: String { name }

  /// Reads one byte of a file opened so.
  static func reads(_ flags: Int32 = 0, _ mounted: MountedFileSystem) -> Bool {
    let descriptor = Glibc.open(mounted.path("file"), O_RDONLY | O_CLOEXEC | flags)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    return pread(descriptor, &byte, 1, 0) >= 0
  }

  static func lists(_ path: String) -> Bool {
    guard let stream = opendir(path) else { return false }
    errno = 0
    let isListed = readdir(stream) != nil || errno == 0
    let failure = errno
    closedir(stream)
    errno = failure
    return isListed
  }

  static func seeks(_ whence: Int32, to expected: Int, _ mounted: MountedFileSystem) -> Bool {
    let descriptor = Glibc.open(mounted.path("file"), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    return lseek(descriptor, 10, whence) == expected
  }

  static func follows(_ mounted: MountedFileSystem) -> Bool {
    var target = [UInt8](repeating: 0, count: 50)
    return readlink(mounted.path("link"), &target, 50) >= 0
  }

  static func stats(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func measures(_ mounted: MountedFileSystem, _ fits: (statvfs) -> Bool) -> Bool {
    var status = statvfs()
    return statvfs(mounted.directory, &status) == 0 && fits(status)
  }
}

@Suite(
  "A refusal", .enabled(if: MountedFileSystem.isSupported, "needs /dev/fuse"),
  .timeLimit(.minutes(1)))
struct RefusalTests {
  @Test(arguments: [
    Attempt("names are found", 0) { access($0.path("file"), F_OK) == 0 },
    Attempt("opening and closing is not asked for", 0) {
      close(Glibc.open($0.path("file"), O_RDONLY | O_CLOEXEC)) == 0
    },
    Attempt("read", ENOSYS) { Attempt.reads(0, $0) },
    Attempt("readlink", ENOSYS) { Attempt.follows($0) },
    Attempt("readdir", ENOSYS) { Attempt.lists($0.path("directory")) },
    Attempt("getxattr", EOPNOTSUPP) { lgetxattr($0.path("file"), "user.a", nil, 0) >= 0 },
    Attempt("listxattr", EOPNOTSUPP) { llistxattr($0.path("file"), nil, 0) >= 0 },
    Attempt("access grants everything", 0) { access($0.path("file"), R_OK | X_OK) == 0 },
    Attempt("statfs is empty", 0) {
      Attempt.measures($0) { $0.f_blocks == 0 && $0.f_namemax == 255 }
    },
    Attempt("all is data", 0) { Attempt.seeks(3, to: 10, $0) },
    Attempt("but the end", 0) { Attempt.seeks(4, to: 1000, $0) },
  ])
  func `an operation that is left out answers as its comment says`(attempt: Attempt) throws {
    let mounted = try MountedFileSystem("bare")
    #expect(attempt.outcome(on: mounted) == attempt.expected)
    #expect(mounted.unmount() == 0)
  }

  @Test func `without look-up and attributes there is nothing`() throws {
    let mounted = try MountedFileSystem("empty")
    #expect(access(mounted.path("file"), F_OK) == -1 && errno == ENOSYS)
    #expect(!Attempt.stats(mounted.directory) && errno == ENOSYS)
    #expect(mounted.unmount() == 0)
  }

  @Test(arguments: [
    Attempt("lookup", EACCES) { Attempt.stats($0.path("other")) },
    Attempt("getattr", ESTALE) { Attempt.stats($0.path("file")) },
    Attempt("readlink", EINVAL) { Attempt.follows($0) },
    Attempt("open", EBUSY) { Attempt.reads(0, $0) },
    Attempt("read", ENOMEM) { Attempt.reads(O_SYNC, $0) },
    Attempt("opendir", EMFILE) { Attempt.lists($0.path("directory")) },
    Attempt("readdir", EBADMSG) { Attempt.lists($0.directory) },
    Attempt("statfs", EPERM) { Attempt.measures($0) { _ in true } },
  ])
  func `an error reaches the program as it was answered`(attempt: Attempt) throws {
    let mounted = try MountedFileSystem("refusing")
    #expect(attempt.outcome(on: mounted) == attempt.expected)
    #expect(mounted.unmount() == 0)
  }

  @Test func `asking for write access is refused by what access answers`() throws {
    let mounted = try MountedFileSystem(options: [])
    #expect(access(mounted.path("hello"), W_OK) == -1 && errno == EROFS)
  }
}
