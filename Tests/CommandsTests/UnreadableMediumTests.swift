import FirmwareAccess
import Commands
import Foundation
import SystemPackage
import TestSupport
import Testing

/// A firmware of which a part can no longer be read once it is open.
@Suite struct UnreadableMediumTests {
  /// A file of sixteen nodes, of which the first is the last one in the image and cannot be read.
  private func firmware(_ workspace: Workspace) throws -> (FirmwareImage, contents: [UInt8]) {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "f")
    var generator = SeededGenerator(seed: 3)
    let contents = generator.bytes(16 * 4096)
    for index in Array(1..<16) + [0] {
      builder.addInode(
        2, version: UInt32(index + 1), offset: UInt32(index * 4096),
        payload: Array(contents[index * 4096..<(index + 1) * 4096]))
    }
    let path = try workspace.write(builder)
    let firmware = try FirmwareImage(InputOptions(path: FilePath(path)))
    truncate(path, builder.bytes.count - 4096)
    return (firmware, contents)
  }

  @Test func `export loses the unreadable node and nothing else`() throws {
    let workspace = try Workspace()
    let (firmware, contents) = try firmware(workspace)
    let path = workspace.folder.appending(path: "a.tar").path
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
    defer { try? file.close() }
    var messages: [String] = []
    try Export(firmware, .tar, isQuiet: true)
      .write(to: BufferedOutput(descriptor: file.rawValue, name: path)) { messages.append($0.text) }
    #expect(messages.count == 1)
    let archive = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(archive.range(of: Data(contents[4096...])) != nil)
    #expect(archive.range(of: Data(contents[..<4096])) == nil)
  }
}
