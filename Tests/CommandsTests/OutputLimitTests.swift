import Foundation
import TestSupport
import Testing

/// Small images that would fill a disk.
@Suite struct `What jffs2 writes of a small image` {
  private static let megabyte = 1 << 20

  /// 8 MiB of zeros in 8 nodes of a kilobyte.
  private func bomb() -> ImageBuilder {
    var builder = ImageBuilder()
    let page = ZlibEncoder.encode([UInt8](repeating: 0, count: Self.megabyte))
    builder.addDirent(version: 1, ino: 2, name: "bomb")
    for index in 0..<UInt32(8) {
      builder.addInode(
        2, version: index + 1, fileSize: 8 << 20, offset: index << 20, payload: page,
        size: UInt32(Self.megabyte), compression: .zlib)
    }
    return builder
  }

  /// Two files of 8 MiB that are a hole but for their last byte.
  private func holes() -> ImageBuilder {
    var builder = ImageBuilder()
    for ino in UInt32(2)...3 {
      builder.addDirent(version: ino, ino: ino, name: "hole\(ino)")
      builder.addInode(
        ino, version: 1, fileSize: 8 << 20, size: (8 << 20) - 1, compression: .zero)
      builder.addInode(ino, version: 2, fileSize: 8 << 20, offset: (8 << 20) - 1, payload: [1])
    }
    return builder
  }

  private func names(_ workspace: Workspace) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: workspace.folder.path).sorted()
  }

  @Test func `may be as much as is allowed, byte for byte`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(bomb())
    for arguments in [["extract", "-C", "out"], ["export", "-o", "a.tar"]] {
      let result = try workspace.jffs2(arguments + ["--max-unpacked", "8M", "image"])
      #expect(result.status == 0, "\(result.error)")
    }
    #expect(try names(workspace) == ["a.tar", "image", "out", "out/bomb"])
  }

  @Test func `is refused beyond that, and nothing of the file stays`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(bomb())
    let reason =
      "unpacks to more than the 8388607 bytes allowed; if you trust the file: "
      + "--max-unpacked SIZE\n"
    let extracted = try workspace.jffs2(
      "extract", "-C", "out", "--max-unpacked", "8388607", image)
    #expect(extracted.status == 1)
    #expect(extracted.error == "jffs2: \(image): bomb: \(reason)")
    let exported = try workspace.jffs2(
      "export", "-o", "a.tar", "--max-unpacked", "8388607", image)
    #expect(exported.status == 2)
    #expect(exported.error == "jffs2: \(image): \(reason)")
    #expect(try names(workspace) == ["image"])
  }

  /// A valid image is never rejected: it is at most 64 times as large in files.
  @Test func `may always be 64 times the image`() throws {
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, [UInt8](repeating: 7, count: 1 << 20))
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    #expect(try workspace.jffs2("extract", "-C", "out", "--max-unpacked", "1", "image").status == 0)
  }

  @Test func `counts holes where the format writes them, or checksums of them`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(holes())
    let limit = ["--max-unpacked", "8M", "image"]
    #expect(try workspace.jffs2(["extract", "-C", "out"] + limit).status == 0)
    #expect(try workspace.jffs2(["export", "-o", "a.tar"] + limit).status == 0)
    for name in ["a.cpio", "a.zip", "a.mtree"] {
      let result = try workspace.jffs2(["export", "-o", name] + limit)
      #expect(result.status == 2)
      #expect(result.error.contains("unpacks to more than the 8388608 bytes"))
    }
  }
}
