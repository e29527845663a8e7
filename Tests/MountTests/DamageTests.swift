import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A damaged file` {
  private let data = Images.noise(8 * 4096)

  /// The pages 3 and 5 have only a damaged node.
  private var image: ImageBuilder {
    var image = Images.hello
    image.addDirectory("log", ino: 3)
    image.addFile("events", ino: 4, data, parent: 3, damaged: [3, 5])
    return image
  }

  /// The result of reading page by page: the bytes or the error.
  private func pages(_ path: String) -> [(bytes: [UInt8], error: Int32)] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    return (0..<8).map { page in
      var bytes = [UInt8](repeating: 0xA5, count: 4096)
      let count = pread(file, &bytes, 4096, page * 4096)
      return count < 0 ? ([], errno) : (Array(bytes.prefix(count)), 0)
    }
  }

  private func original(_ page: Int) -> [UInt8] { Array(data[page * 4096..<(page + 1) * 4096]) }

  @Test func `is an I/O error in the damaged pages only`() throws {
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    for (page, read) in pages(place.path("log/events")).enumerated() {
      #expect(read.error == ([3, 5].contains(page) ? EIO : 0), "page \(page)")
      #expect(read.bytes == ([3, 5].contains(page) ? [] : original(page)), "page \(page)")
    }
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    try place.unmount(child)
  }

  @Test func `gives its good start to a plain copy before it fails`() throws {
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    let copy = try place.shell("cat $M/log/events >$D/copy; echo $?; stat -c %s $D/copy")
    #expect(copy.output == "1\n12288\n")
    #expect(copy.error.contains("Input/output error"))
    try place.unmount(child)
  }

  @Test func `is reported once for each range`() throws {
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    for _ in 0..<3 {
      _ = pages(place.path("log/events"))
      _ = try place.shell("cat $M/log/events")
    }
    try place.unmount(child)
    let lines = child.error.split(separator: "\n").filter { $0.contains("/log/events") }
    #expect(lines.count == 2, "\(child.error)")
    for page in [3, 5] {
      let offset = try #require(nodeOffset(page))
      let line = lines.first { $0.contains("bytes \(page * 4096) to \((page + 1) * 4096)") }
      #expect(line?.contains("\(place.firmware): /log/events: ") == true, "\(lines)")
      #expect(line?.hasSuffix("node at 0x\(String(offset, radix: 16))") == true, "\(lines)")
    }
  }

  /// Where the node with a page of the file is in the image.
  private func nodeOffset(_ page: Int) -> Int? {
    let bytes = image.bytes
    let start = original(page).prefix(16)
    return (68..<bytes.count - 16).first { bytes[$0..<$0 + 16].elementsEqual(start) }.map {
      $0 - 68
    }
  }

  @Test func `damaged=zero serves the same as the driver`() throws {
    let place = try MountPlace(image.bytes)
    let child = try place.mount("damaged=zero")
    for (page, read) in pages(place.path("log/events")).enumerated() {
      #expect(read.error == 0)
      let zeros = [UInt8](repeating: 0, count: 4096)
      #expect(read.bytes == ([3, 5].contains(page) ? zeros : original(page)), "page \(page)")
    }
    try place.unmount(child)
  }
}
