import Foundation
import Glibc
import JFFS2
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Mount options` {
  private func hello(
    _ image: [UInt8], options: String..., flags: [String] = []
  ) throws -> ChildProcess.Result {
    let place = try MountPlace(image)
    return try place.shell(
      "$P $F $M \(flags.joined(separator: " ")) \(options.map { "-o '\($0)'" }.joined(separator: " ")) "
        + "&& cat $M/hello; stat -c '%u:%g %a' $M/hello; $P --unmount $M >&2")
  }

  @Test(arguments: [
    "offset=64k", "offset=65536,length=64k", "image_offset=0x10000", "offset=64KiB,length=0x1000",
  ])
  func `offset and length say where the file system lies`(option: String) throws {
    var other = ImageBuilder()
    other.addFile("other", ino: 2, [])
    other.padWithErased(toMultipleOf: 65536)
    let image = Images.noise(65536) + Images.hello.bytes + [UInt8](repeating: 0xFF, count: 65536)
    #expect(try hello(image, options: option).output == "hello, flash\n0:0 644\n")
    // A file system before it is not the specified one.
    let second = other.bytes + image.dropFirst(65536)
    #expect(try hello(second, options: option).output == "hello, flash\n0:0 644\n")
  }

  @Test func `a length that ends before the file cuts it off`() throws {
    var image = Images.hello
    image.padWithErased(toMultipleOf: 4096)
    image.addFile("late", ino: 3, [1])
    let place = try MountPlace(image.bytes)
    let child = try place.mount("length=4k")
    #expect(try place.shell("ls $M").output == "hello\n")
    try place.unmount(child)
  }

  @Test func `a big-endian image shows the same tree`() throws {
    var big = ImageBuilder(Dialect(.big))
    big.addCleanmarker()
    big.addFile("hello", ino: 2, Array("hello, flash\n".utf8))
    #expect(try hello(big.bytes, options: "endian=big").output == "hello, flash\n0:0 644\n")
    #expect(try hello(big.bytes).output == "hello, flash\n0:0 644\n")
    let wrong = try hello(big.bytes, options: "endian=little")
    #expect(wrong.output.isEmpty)
    #expect(wrong.error.contains("the image is big-endian"))
  }

  @Test func `erase_size is believed`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount("erase_size=128k")
    #expect(child.error.contains("erase blocks of 131072 bytes"))
    try place.unmount(child)
  }

  @Test func `uid, gid and umask replace what the image says`() throws {
    let result = try hello(Images.hello.bytes, options: "uid=12,gid=34", "umask=027")
    #expect(result.output == "hello, flash\n12:34 640\n")
  }

  @Test(arguments: [
    "-s", "-o sandbox=no", "-o max_threads=2,max_idle_threads=1", "-o clone_fd,sandbox=no",
    #"-o max_read=4096,fsname='a\,max_read=1'"#,
  ])
  func `of the loop serve as well`(flags: String) throws {
    #expect(try hello(Images.hello.bytes, flags: [flags]).output == "hello, flash\n0:0 644\n")
  }

  @Test(arguments: User.available)
  func `the table of mounts shows the bytes of a path that is not UTF-8`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let result = try place.shell(
      #"""
      cp "$F" "$D/"$'a\xff,\\b' && "$P" "$D/"$'a\xff,\\b' "$M" || exit 1
      grep -c " fuse.jffs2fuse $D/"$'a\xff,\\\\134b ' /proc/self/mountinfo
      "$P" --unmount "$M"
      """#)
    #expect(result.status == 0 && result.output == "1\n", "\(result.output)\(result.error)")
  }

  @Test func `sandbox=no is one process instead of two`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let two = try place.mount()
    #expect(place.processes.count == 2)
    try place.unmount(two)
    let one = try place.mount("sandbox=no")
    #expect(place.processes == [one.id])
    try place.unmount(one)
  }

  @Test func `nonempty hides what is there`() throws {
    let place = try MountPlace(Images.hello.bytes)
    #expect(FileManager.default.createFile(atPath: place.path("below"), contents: nil))
    #expect(try place.run([place.firmware, place.mountpoint]).status == 32)
    let child = try place.mount("nonempty")
    #expect(try place.shell("ls $M").output == "hello\n")
    try place.unmount(child)
    #expect(try place.shell("ls $M").output == "below\n")
  }

  @Test func `notify_fd hears when the mount answers`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell(
      """
      mkfifo $D/ready
      $P $F $M -f -o notify_fd=7 7>$D/ready & p=$!
      cat $D/ready; cat $M/hello
      kill $p; wait $p
      """)
    #expect(result.status == 0)
    #expect(result.output == "READY=1\nhello, flash\n")
  }

  @Test func `timeout unmounts what is idle`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount("timeout=1")
    #expect(try child.wait(seconds: 10).status == 0)
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test func `timeout leaves what is busy`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount("timeout=1")
    let inside = try place.start(["bash", "-c", "cd $M && exec sleep 3"])
    #expect(child.waitStatus(seconds: 2.8) == nil)
    #expect(place.mounts.count == 1)
    #expect(try inside.wait().status == 0)
    #expect(try child.wait(seconds: 10).status == 0)
  }

  @Test(arguments: User.available)
  func `no MOUNTPOINT is one under XDG_RUNTIME_DIR`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, name: "home.bin", user: user)
    let runtime = ["XDG_RUNTIME_DIR": place.folder]
    let made = "\(place.folder)/jffs2fuse/home.bin"
    let first = try place.run([place.firmware], environment: runtime)
    #expect(first.status == 0, "\(first.error)")
    #expect(first.output == made + "\n")
    let second = try place.run([place.firmware, "-o", "umask=077"], environment: runtime)
    #expect(second.output == made + "-2\n")
    #expect(
      try place.shell("cat \(made)/hello \(made)-2/hello").output == "hello, flash\nhello, flash\n")
    #expect(try place.run(["--unmount", made], environment: runtime).status == 0)
    #expect(try place.shell("fusermount3 -u \(made)-2").status == 0)
    #expect(eventually { place.processes.isEmpty })
    #expect(try place.shell("ls -A $D/jffs2fuse").output.isEmpty)
  }

  @Test(arguments: User.available)
  func `no MOUNTPOINT is the existing one for the same firmware and options`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, name: "home.bin", user: user)
    let runtime = ["XDG_RUNTIME_DIR": place.folder]
    let made = "\(place.folder)/jffs2fuse/home.bin"
    func mount(_ options: [String] = []) throws -> String {
      let result = try place.run([place.firmware] + options, environment: runtime)
      #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
      return result.output
    }
    #expect(try mount() == made + "\n")
    #expect(try mount() == made + "\n")
    #expect(try mount(["-s", "-o", "ro,nofail"]) == made + "\n")
    let notified = try place.shell(
      "$P $F -o notify_fd=4 4>$D/ready; cat $D/ready", environment: runtime)
    #expect(notified.output == made + "\nREADY=1\n")
    #expect(try mount(["-o", "history"]) == made + "-2\n")
    #expect(try mount(["-o", "history"]) == made + "-2\n")
    // Another file of the same name is another firmware.
    #expect(try place.shell("cp $F $D/new && mv $D/new $F").status == 0)
    #expect(try mount() == made + "-3\n")
    #expect(place.mounts.count == 3)
    for name in [made, made + "-2", made + "-3"] {
      #expect(try place.run(["--unmount", name], environment: runtime).status == 0)
    }
    #expect(eventually { place.processes.isEmpty })
    #expect(try place.shell("ls -A $D/jffs2fuse").output.isEmpty)
  }

  @Test(arguments: [
    ("--help", "Usage: jffs2fuse"), ("-h", "Usage: jffs2fuse"), ("-V", "jffs2fuse "),
    ("--version", "jffs2fuse "),
  ])
  func `that only print go to standard output`(flag: String, start: String) throws {
    let result = try MountPlace([]).run([flag])
    #expect(result.status == 0)
    #expect(result.output.hasPrefix(start))
    #expect(result.error.isEmpty)
  }

  @Test(arguments: ["--help", "--version"])
  func `that only print fail where nothing can be written`(flag: String) throws {
    let result = try MountPlace([]).shell("$P \(flag) >/dev/full")
    #expect(result.status == 2)
    #expect(result.error == "jffs2fuse: standard output: No space left on device\n")
  }
}
