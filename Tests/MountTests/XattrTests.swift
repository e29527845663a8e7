import CXattr
import Glibc
import JFFS2
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Extended attributes through the kernel` {
  private static var image: ImageBuilder {
    var image = ImageBuilder()
    image.addFile("plain", ino: 2, [1])
    image.addFile("marked", ino: 3, [2])
    image.addXattr(xid: 1, version: 1, prefix: 1, name: "comment", value: Array("front door".utf8))
    image.addXattr(xid: 2, version: 1, prefix: 5, name: "owner", value: Array("factory".utf8))
    image.addXattr(xid: 3, version: 1, prefix: 1, name: "binary", value: Array(0...255))
    for xid in 1...3 { image.addXref(ino: 3, xid: UInt32(xid), sequence: 0) }
    image.addFile("guarded", ino: 4, [3], mode: 0o640)
    image.addACL(
      xid: 4, of: 4, [(1, 6, nil), (2, 4, 1000), (4, 0, nil), (16, 4, nil), (32, 0, nil)])
    return image
  }

  private func value(_ name: String, of path: String) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 1000)
    let length = lgetxattr(path, name, &value, value.count)
    return length < 0 ? nil : Array(value.prefix(length))
  }

  @Test(arguments: User.available)
  func `trusted attributes are listed for root only`(user: User) throws {
    let place = try MountPlace(Self.image.bytes, user: user)
    let child = try place.mount()
    let shown = try place.shell("cd $M && getfattr -m - -d marked | grep -v binary")
    let trusted = user.id == 0 ? "trusted.owner=\"factory\"\n" : ""
    #expect(shown.output == "# file: marked\n\(trusted)user.comment=\"front door\"\n\n")
    let asked = try place.shell("getfattr --absolute-names -n trusted.owner $M/marked")
    #expect(asked.status == (user.id == 0 ? 0 : 1))
    try place.unmount(child)
  }

  @Test func `values arrive byte for byte`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    #expect(value("user.binary", of: place.path("marked")) == Array(0...255))
    #expect(value("user.comment", of: place.path("plain")) == nil && errno == ENODATA)
    #expect(lgetxattr(place.path("marked"), "user.binary", nil, 0) == 256)
    var small = [UInt8](repeating: 0, count: 10)
    #expect(lgetxattr(place.path("marked"), "user.binary", &small, 10) == -1 && errno == ERANGE)
    try place.unmount(child)
  }

  @Test func `an access list has the bytes of the kernel's own form`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    let expected: [UInt8] = [
      2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 0xE8, 3, 0, 0, 4, 0, 0, 0, 255, 255,
      255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
    ]
    #expect(value("system.posix_acl_access", of: place.path("guarded")) == expected)
    let shown = try place.shell("getfacl -cnp $M/guarded")
    #expect(shown.output == "user::rw-\nuser:1000:r--\ngroup::---\nmask::r--\nother::---\n\n")
    try place.unmount(child)
  }

  @Test func `an image without attributes answers EOPNOTSUPP`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    #expect(value("user.comment", of: place.path("hello")) == nil && errno == EOPNOTSUPP)
    #expect(try place.shell("getfattr -m - -d $M/hello").output.isEmpty)
    try place.unmount(child)
  }
}
