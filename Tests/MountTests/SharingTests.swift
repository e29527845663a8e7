import Glibc
import JFFS2
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Who may read` {
  private static var image: ImageBuilder {
    var image = ImageBuilder()
    let text = Array("text\n".utf8)
    image.addFile("public", ino: 2, text, mode: 0o644)
    image.addFile("secret", ino: 3, text, mode: 0o600)
    image.addFile("mode-0", ino: 4, text, mode: 0o000, uid: 7)
    image.addDirectory("closed", ino: 5, mode: 0o700)
    image.addFile("inner", ino: 6, text, parent: 5)
    image.addFile("acl-denies", ino: 7, text, mode: 0o644)
    image.addFile("acl-allows", ino: 8, text, mode: 0o640)
    image.addACL(
      xid: 1, of: 7, [(1, 6, nil), (2, 0, 65534), (4, 4, nil), (16, 4, nil), (32, 4, nil)])
    image.addACL(
      xid: 2, of: 8, [(1, 6, nil), (2, 4, 65534), (4, 0, nil), (16, 4, nil), (32, 0, nil)])
    return image
  }

  private static let names = [
    "public", "secret", "mode-0", "closed/inner", "acl-denies", "acl-allows",
  ]

  /// The names that another user can read, asked by `cat`.
  private func readable(in place: MountPlace, by user: User) throws -> Set<String> {
    let child = try ChildProcess(
      user.command([
        "sh", "-c", "for f; do cat $0/$f >/dev/null && echo $f; done", place.mountpoint,
      ])
        + Self.names)
    return Set(try child.wait().output.split(separator: "\n").map(String.init))
  }

  @Test(arguments: User.available)
  func `the mounting user reads a file of mode 0`(user: User) throws {
    let place = try MountPlace(Self.image.bytes, user: user)
    let child = try place.mount()
    #expect(try readable(in: place, by: user) == Set(Self.names))
    let modes = try place.shell("stat -c '%a %u' $M/mode-0 $M/secret")
    #expect(modes.output == "0 7\n600 0\n")
    try place.unmount(child)
  }

  @Test(arguments: User.available)
  func `access grants the mounting user all rights, and noexec denies execution`(
    user: User
  ) throws {
    let place = try MountPlace(Self.image.bytes, user: user)
    let asked = "test -x $M/public && echo may run; $M/public 2>&1 | grep -o 'Permission denied'"
    for (options, answer) in [
      ("nonempty", "may run\nPermission denied\n"), ("noexec", "Permission denied\n"),
    ] {
      let child = try place.mount(options)
      #expect(try place.shell(asked).output == answer)
      try place.unmount(child)
    }
  }

  @Test(.needsRoot) func `other users see nothing without allow_other`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    #expect(try readable(in: place, by: .nobody) == [])
    try place.unmount(child)
  }

  @Test(.needsRoot) func `with allow_other the modes of the image hold`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount("allow_other")
    let line = try #require(place.mounts.first?.line)
    #expect(line.contains("default_permissions") && line.contains("allow_other"))
    #expect(try readable(in: place, by: .nobody) == ["public", "acl-allows"])
    // Root reads everything anywhere.
    #expect(try readable(in: place, by: .current) == Set(Self.names))
    try place.unmount(child)
  }

  @Test(.needsRoot) func `with readable, everyone reads everything`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount("allow_other,readable")
    #expect(try readable(in: place, by: .nobody) == Set(Self.names))
    let modes = try place.shell("stat -c '%a %n' $M/mode-0 $M/secret $M/closed | sed s:$M/::")
    #expect(modes.output == "444 mode-0\n644 secret\n755 closed\n")
    let listed = try place.shell("setpriv --reuid=65534 --clear-groups ls $M/closed")
    #expect(listed.output == "inner\n")
    try place.unmount(child)
  }

  @Test(.needsRoot) func `readable leaves out what umask clears`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount("readable,umask=027")
    #expect(try place.shell("stat -c %a $M/secret $M/closed").output == "640\n750\n")
    try place.unmount(child)
  }

  @Test(.needsRoot) func `the doctor says who can access a mount`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    let doctor = "cp $P $D/program; setpriv --reuid=65534 --clear-groups $D/program --doctor $M"
    #expect(try place.shell(doctor).output.contains("m: only root can access this mount\n"))
    try place.unmount(child)
    let shared = try place.mount("allow_other")
    #expect(!(try place.shell(doctor).output.contains("can access this mount")))
    try place.unmount(shared)
  }

  @Test(arguments: User.available)
  func `a mount on a terminal says what may surprise`(user: User) throws {
    let place = try MountPlace(Self.image.bytes, user: user)
    let result = try place.shell("script -qec '$P $F $M' /dev/null; $P --unmount $M")
    #expect(result.status == 0)
    #expect(result.output.contains("only root can access the mount") == (user.id == 0))
  }

  @Test(.needsRoot) func `allow_other is the administrator's to allow`() throws {
    let configuration = try ChildProcess(["grep", "-qx", "user_allow_other", "/etc/fuse.conf"])
    if try configuration.wait().status == 0 { try skipTest("user_allow_other is set") }
    let place = try MountPlace(Self.image.bytes, user: .nobody)
    let result = try place.run([place.firmware, place.mountpoint, "-o", "allow_other"])
    #expect(result.status == 32)
    #expect(
      result.error.contains("as root: echo user_allow_other >>/etc/fuse.conf\n"), "\(result.error)")
    #expect(place.mounts.isEmpty)
  }
}

extension ImageBuilder {
  /// An access list of tag, permissions and id, as JFFS2 stores it: an id only where the tag has one.
  mutating func addACL(
    xid: UInt32, of ino: UInt32, isDefault: Bool = false,
    _ entries: [(tag: UInt16, permissions: UInt16, id: UInt32?)]
  ) {
    var value = number32(1)
    for entry in entries {
      value += number16(entry.tag) + number16(entry.permissions)
      if let id = entry.id { value += number32(id) }
    }
    addXattr(xid: xid, version: 1, prefix: isDefault ? 4 : 3, name: "", value: value)
    addXref(ino: ino, xid: xid, sequence: 0)
  }
}
