import FUSE
import Glibc
import Testing

@Suite(
  "Session", .enabled(if: MountedFileSystem.isSupported, "needs /dev/fuse"),
  .timeLimit(.minutes(1)))
struct SessionTests {
  @Test(arguments: ["mount", "single", "passed"])
  func `an unmount ends the loop without an error`(role: String) throws {
    let mounted = try MountedFileSystem(role)
    #expect(access(mounted.path("hello"), F_OK) == 0)
    #expect(mounted.unmount() == 0)
    #expect(Array(mounted.lines.suffix(2)) == ["stopped", "done"])
  }

  @Test func `a static mount leaves one descriptor and the mount behind`() throws {
    let mounted = try MountedFileSystem("passed")
    #expect(mounted.lines.contains("devices 1"))
    #expect(access(mounted.path("hello"), F_OK) == 0)
  }

  @Test func `a server that dies leaves no reader hanging`() throws {
    let mounted = try MountedFileSystem("passed")
    #expect(access(mounted.path("hello"), F_OK) == 0)
    mounted.kill()
    #expect(access(mounted.path("link"), F_OK) == -1 && errno == ENOTCONN)
  }

  @Test func `a missing mountpoint is named by the error`() throws {
    let result = try run([MountedFileSystem.program(), "mount", "/nonexistent/mountpoint"])
    #expect(result.status == 1)
    #expect(result.output.hasPrefix("error mountFailed"))
    #expect(result.output.contains("/nonexistent/mountpoint"))
    #expect(!result.output.contains("log "))
  }

  @Test func `serving a descriptor without a mount is an error`() throws {
    let result = try run([MountedFileSystem.program(), "deaf", "/tmp"])
    #expect(result.status == 1)
    #expect(result.output.contains("error loop"))
    #expect(result.output.contains("serving the mount failed: Is a directory"))
  }

  @Test func `libfuse writes to standard error if no log handler is set`() throws {
    let mounted = try MountedFileSystem("debug")
    #expect(access(mounted.path("hello"), F_OK) == 0)
    #expect(mounted.unmount() == 0)
    #expect(mounted.errors.contains("LOOKUP"))
    #expect(mounted.lines == ["ready", "stopped", "done"])
  }

  @Test func `an unknown option is named by the error`() throws {
    let result = try run([MountedFileSystem.program(), "mount", "/tmp", "nonsense=1"])
    #expect(result.status == 1)
    #expect(result.output.hasPrefix("error badOption"))
    #expect(result.output.contains("nonsense"))
  }

  @Test(.enabled(if: MountedFileSystem.isRoot, "needs root to become another user"))
  func `a user mounts through fusermount3`() throws {
    let mounted = try MountedFileSystem(user: "nobody")
    let read = try run([
      "/usr/sbin/runuser", "-u", "nobody", "--", "/bin/cat", mounted.path("hello"),
    ])
    #expect(read.status == 0 && read.output == "Hello, world\n")
    // Without allow_other not even root.
    #expect(access(mounted.path("hello"), F_OK) == -1 && errno == EACCES)
    #expect(mounted.unmount() == 0)
  }
}
