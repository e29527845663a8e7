import Glibc
import Testing

@Suite(
  "Directories", .enabled(if: MountedFileSystem.isSupported, "needs /dev/fuse"),
  .timeLimit(.minutes(1)))
struct DirectoryTests {
  @Test(arguments: ["mount", "plain", "single"])
  func `a directory of many buffers is listed once and whole`(role: String) throws {
    let mounted = try MountedFileSystem(role)
    let names = list(mounted.path("many"))
    #expect(names.count == 3000 && Set(names).count == 3000)
    #expect(
      Set(names)
        == Set((0..<3000).map { Listed(name: "entry-\($0)", type: 8, ino: 1000 + UInt64($0)) }))
    let operation = role == "plain" ? "readdir" : "readdirplus"
    #expect(mounted.count(operation) > 1)
    #expect(mounted.count(role == "plain" ? "readdirplus" : "readdir") == 0)
  }

  @Test(arguments: ["mount", "plain"])
  func `the type is what the directory says`(role: String) throws {
    let mounted = try MountedFileSystem(role)
    let names = list(mounted.directory)
    #expect(names.contains(Listed(name: "odd", type: 9, ino: 77)))
    #expect(names.contains(Listed(name: "mismatched", type: 1, ino: 2)))
    #expect(names.contains(Listed(name: "many", type: 4, ino: 5)))
  }

  @Test func `an entry without its node is looked up when used, one with it is not`() throws {
    let mounted = try MountedFileSystem()
    _ = list(mounted.directory)
    var status = stat()
    #expect(lstat(mounted.path("hello"), &status) == 0 && status.st_size == 13)
    #expect(lstat(mounted.path("mismatched"), &status) == 0 && status.st_ino == 2)
    #expect(mounted.count("lookup") == 0)
    #expect(lstat(mounted.path("odd"), &status) == 0 && status.st_ino == 77)
    #expect(mounted.count("lookup") == 1)
  }

  @Test(.enabled(if: MountedFileSystem.isRoot, "needs root to have the kernel drop its caches"))
  func `nodes that the kernel drops are forgotten, singly and many at once`() throws {
    let mounted = try MountedFileSystem()
    #expect(access(mounted.path("link"), F_OK) == 0)
    mounted.dropCaches()
    #expect(mounted.counts("forget", 2))
    #expect(list(mounted.path("many")).count == 3000)
    mounted.dropCaches()
    // The directory's entries and the directory itself.
    #expect(mounted.counts("forget", 2 + 3001))
  }
}
