import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Directories through the kernel` {
  private func names(_ path: String) -> [[UInt8]] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      names.append(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
    }
    return names
  }

  private func exists(_ path: [UInt8]) -> Bool {
    var status = stat()
    return lstat(path.map(CChar.init(bitPattern:)) + [0], &status) == 0
  }

  @Test func `a listing of 3000 names is complete and without doubles`() throws {
    var image = ImageBuilder()
    for ino in UInt32(2)..<3002 {
      image.addDirent(
        version: ino, ino: ino, name: "name-\(ino)-\(String(repeating: "x", count: Int(ino % 90)))")
      image.addInode(ino, version: 1)
    }
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    for _ in 0..<2 {
      let listed = names(place.mountpoint)
      #expect(listed.count == 3002)
      #expect(Set(listed).count == 3002)
      #expect(Set(listed).isSuperset(of: [Array(".".utf8), Array("..".utf8)]))
    }
    #expect(try place.shell("ls -l $M | wc -l").output == "3001\n")
    try place.unmount(child)
  }

  @Test func `names of any bytes are listed and found`() throws {
    let odd: [[UInt8]] = [
      [0xFF, 0xFE], Array("latin1 ".utf8) + [0xE4], [0x01, 0x7F], [10], [32], Array("-rf".utf8),
      Array("...".utf8), Array("*?[a]\\".utf8), [UInt8](repeating: 0x6E, count: 254),
    ]
    var image = ImageBuilder()
    for (index, name) in odd.enumerated() {
      image.addDirent(version: UInt32(index + 1), ino: UInt32(index + 2), name: name)
      image.addInode(UInt32(index + 2), version: 1)
    }
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(Set(names(place.mountpoint)).subtracting([[46], [46, 46]]) == Set(odd))
    for name in odd { #expect(exists(Array(place.path("").utf8) + name)) }
    try place.unmount(child)
  }

  @Test func `a name of 255 bytes is listed and refused`() throws {
    let name = String(repeating: "m", count: 255)
    var image = ImageBuilder()
    image.addFile(name, ino: 2, Array("long\n".utf8))
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(names(place.mountpoint).contains(Array(name.utf8)))
    let opened = try place.shell("cat $M/*")
    #expect(opened.status == 1 && opened.error.contains("File name too long"))
    try place.unmount(child)
  }

  @Test func `an invalid name is omitted and the rest of the directory is listed`() throws {
    var image = Images.hello
    for (index, name) in ["..", ".", "", "a/b", "a\0b"].enumerated() {
      image.addDirent(version: UInt32(10 + index), ino: UInt32(10 + index), name: name)
      image.addInode(UInt32(10 + index), version: 1)
    }
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(try place.shell("ls -A $M").output == "hello\n")
    #expect(child.error.contains("warning: "))
    try place.unmount(child)
  }

  @Test func `a missing name stays missing`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    var status = stat()
    for _ in 0..<3 {
      #expect(lstat(place.path("missing"), &status) == -1 && errno == ENOENT)
      #expect(lstat(place.path("hello/inner"), &status) == -1 && errno == ENOTDIR)
    }
    let tooLong = place.path(String(repeating: "x", count: 256))
    #expect(lstat(tooLong, &status) == -1 && errno == ENAMETOOLONG)
    try place.unmount(child)
  }

  @Test func `readers side by side all see the same`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount()
    let seen = try place.shell(
      """
      for i in 1 2 3 4 5 6 7 8; do
        (cat $M/app/ipcam | md5sum; find $M | sort | md5sum) >$D/out-$i &
      done
      wait; cat $D/out-* | sort | uniq -c | wc -l; head -n 1 $D/out-1; md5sum <$M/app/ipcam
      """)
    let lines = seen.output.split(separator: "\n")
    #expect(lines.count == 3 && lines.first == "2" && lines[1] == lines[2], "\(seen.output)")
    try place.unmount(child)
  }
}
