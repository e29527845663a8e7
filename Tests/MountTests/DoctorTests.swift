import Glibc
import TestSupport
import Testing

/// A problem, created by root for this process, and its report by the doctor.
private struct Obstacle: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// In bash, in a separate mount namespace; `$DOCTOR` is the doctor as root, `$USER_DOCTOR` as an ordinary user.
  let line: String
  /// The line that names the problem, and words of the advice.
  let says: [String]

  static let all = [
    Obstacle(
      testDescription: "no /dev/fuse", line: "mount -t tmpfs none /dev; $DOCTOR",
      says: ["problem  /dev/fuse: No such file or directory\n         "]),
    Obstacle(
      testDescription: "a /dev/fuse for root only",
      line: "mount -t tmpfs none /dev; mknod -m 600 /dev/fuse c 10 229; $USER_DOCTOR",
      says: ["problem  /dev/fuse: Permission denied\n         as root: chmod 666 /dev/fuse"]),
    Obstacle(
      testDescription: "another device in its place",
      line: "mount --bind /dev/null /dev/fuse; $DOCTOR",
      says: ["problem  /dev/fuse is not the FUSE device", "mknod -m 666 /dev/fuse c 10 229"]),
    Obstacle(
      testDescription: "root without CAP_SYS_ADMIN",
      line: "setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin $DOCTOR",
      says: ["problem  this root has no CAP_SYS_ADMIN"]),
    Obstacle(
      testDescription: "no_new_privs", line: "setpriv --no-new-privs $USER_DOCTOR",
      says: ["problem  no_new_privs is set", "NoNewPrivileges="]),
    Obstacle(
      testDescription: "CAP_SYS_ADMIN out of a user's reach",
      line: "setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin $USER_DOCTOR",
      says: ["problem  CAP_SYS_ADMIN is unavailable"]),
    Obstacle(
      testDescription: "fusermount3 without its rights",
      line:
        "cp $(command -v fusermount3) $D/f; mount --bind $D/f /usr/bin/fusermount3; $USER_DOCTOR",
      says: ["problem  /usr/bin/fusermount3 is not set-user-ID root", "chmod u+s"]),
    Obstacle(
      testDescription: "no fusermount3",
      line: "mount --bind $F /usr/bin/fusermount3; PATH=/usr/bin $USER_DOCTOR",
      says: ["problem  fusermount3, which mounts for users, is not installed", "install fuse3"]),
    Obstacle(
      testDescription: "too many mounts",
      line: "echo mount_max=0 >$D/c; mount --bind $D/c /etc/fuse.conf; $USER_DOCTOR",
      says: [" FUSE mounts exist, and /etc/fuse.conf permits 0", "raise mount_max"]),
    Obstacle(
      testDescription: "a missing mountpoint", line: "$DOCTOR $D/missing",
      says: ["problem  /tmp/", "no such directory; to create it: mkdir -p /tmp/"]),
    Obstacle(
      testDescription: "a dead mount",
      line: "$P -f $F $M & p=$!; until grep -q $M /proc/self/mountinfo; do sleep .1; done; "
        + "kill -9 $p $(pgrep -P $p); wait; $DOCTOR",
      says: ["/m: dead mount (its program has ended)\n         jffs2fuse --unmount /tmp/"]),
  ]
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `The doctor` {
  @Test(.needsRoot, arguments: Obstacle.all)
  fileprivate func `reports problems with fixes`(obstacle: Obstacle) throws {
    let place = try MountPlace(Images.hello.bytes)
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups --"
    // A copy that another user reaches.
    let result = try place.shell(
      """
      cp $P $D/program; chmod 755 $D $D/program
      export DOCTOR="$D/program --doctor" USER_DOCTOR="\(user) $D/program --doctor"
      export LINE='\(obstacle.line)'
      exec unshare --mount bash -c "$LINE"
      """)
    #expect(result.status == 2, "\(result.output)\(result.error)")
    for text in obstacle.says { #expect(result.output.contains(text), "\(result.output)") }
    #expect(result.output.hasSuffix(": see above.\n"))
  }

  @Test(arguments: User.available)
  func `finds nothing where a mount succeeds`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    try place.unmount(child)
    let result = try place.run(
      ["--doctor", place.mountpoint], environment: ["XDG_RUNTIME_DIR": place.folder])
    // Other tests leave dead mounts for a moment.
    let problems = result.output.split(separator: "\n").filter { $0.hasPrefix("problem") }
    #expect(problems.allSatisfy { $0.contains("dead mount (its program has ended)") })
    #expect(result.output.contains("ok       /dev/fuse can be opened\n"))
    #expect(result.output.contains("ok       \(place.mountpoint): can be used as a mountpoint\n"))
    #expect(
      result.output.contains("ok       mountpoints are created in \(place.folder)/jffs2fuse\n"))
    #expect(result.error.isEmpty)
  }

  @Test(.needsRoot, arguments: ["user_allow_other", "  user_allow_other # for all"])
  func `says whether users may share`(line: String) throws {
    let place = try MountPlace(Images.hello.bytes, user: .nobody)
    let command =
      "echo '\(line)' >$D/c; mount --bind $D/c /etc/fuse.conf; exec setpriv --reuid=65534 --clear-groups -- $P --doctor"
    let names = ["P": place.program, "D": place.folder]
    let result = try ChildProcess(
      ["unshare", "--mount", "bash", "-c", command], environment: names
    ).wait()
    #expect(result.output.contains("ok       /etc/fuse.conf permits -o allow_other\n"))
  }

  @Test(.needsRoot) func `is who a failed mount sends to`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell(
      "exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin $P $F $M")
    #expect(result.status == 32)
    #expect(result.error.contains("jffs2fuse --doctor"))
  }

  @Test(.needsRoot) func `reports a dead mount once, also at the specified path`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell(
      """
      $P -f $F $M & p=$!; until grep -q $M /proc/self/mountinfo; do sleep .1; done
      kill -9 $p $(pgrep -P $p); wait; $P --doctor $M | grep -c "$M: "; umount $M
      """)
    #expect(result.output == "1\n")
  }
}
