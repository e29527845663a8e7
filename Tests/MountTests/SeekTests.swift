import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Seeking through the kernel` {
  /// linux/fs.h; Glibc shows them to C with _GNU_SOURCE only.
  private let seekData: Int32 = 3
  private let seekHole: Int32 = 4

  /// Data from 8192 to 12288 and at 20480, nothing else up to 32768.
  private static var image: ImageBuilder {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 2, name: "sparse")
    let page = Images.noise(4096)
    image.addInode(2, version: 1, fileSize: 32768, size: 32768, compression: .zero)
    image.addInode(2, version: 2, fileSize: 32768, offset: 8192, payload: page)
    image.addInode(2, version: 3, fileSize: 32768, offset: 20480, payload: page)
    return image
  }

  @Test func `finds data and holes`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    let file = open(place.path("sparse"), O_RDONLY | O_CLOEXEC)
    try #require(file >= 0)
    #expect(lseek(file, 0, seekData) == 8192)
    #expect(lseek(file, 9000, seekData) == 9000)
    #expect(lseek(file, 12288, seekData) == 20480)
    #expect(lseek(file, 0, seekHole) == 0)
    #expect(lseek(file, 8192, seekHole) == 12288)
    #expect(lseek(file, 21000, seekHole) == 24576)
    #expect(lseek(file, 24576, seekData) == -1 && errno == ENXIO)
    #expect(lseek(file, 32768, seekHole) == -1 && errno == ENXIO)
    close(file)
    try place.unmount(child)
  }

  @Test func `a copy keeps the holes and the bytes`() throws {
    let place = try MountPlace(Self.image.bytes)
    let child = try place.mount()
    let copied = try place.shell(
      "cp --sparse=auto $M/sparse $D/copy && cmp $M/sparse $D/copy && stat -c %s $D/copy")
    #expect(copied.output == "32768\n")
    try place.unmount(child)
  }
}
