import Foundation
import TestSupport
import Testing

/// Whole listings in JSON against what the Linux driver serves.
@Suite struct `jffs2 ls --json` {
  @Test(arguments: AnsweredImage.fixtures)
  func `serves a fixture like the driver`(image: AnsweredImage) throws {
    try compare(image)
  }

  @Test(
    .enabled(if: !AnsweredImage.sound.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.sound)
  func `serves the same as the driver`(image: AnsweredImage) throws {
    try compare(image)
  }

  @Test(
    .enabled(if: !AnsweredImage.damaged.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.damaged)
  func `serves a damaged image like the driver`(image: AnsweredImage) throws {
    try compare(image, options: ["--damaged", "zero"])
  }

  private func compare(_ image: AnsweredImage, options: [String] = []) throws {
    let workspace = try Workspace()
    let file = try workspace.write(image.bytes())
    let result = try workspace.jffs2(["ls", "-R", "--json", file] + options)
    try Schema.expect(result.output, fits: "ls")
    let ours = try Manifest(
      parsing: Data("{\"erase_size\": 0, \"entries\": \(result.output)}".utf8))
    let driver = try image.manifest()
    let expected = Dictionary(uniqueKeysWithValues: driver.entries.map { ($0.pathBytes, $0) })
    #expect(Set(ours.entries.map(\.pathBytes)) == Set(expected.keys))
    for entry in ours.entries {
      let driver = try #require(expected[entry.pathBytes])
      #expect(row(entry) == row(driver))
      #expect(entry.targetBytes == driver.targetBytes)
      // What getxattr(2) refuses is not listed.
      let xattrs = driver.xattrs?.filter { if case .bytes = $0.value { true } else { false } }
      #expect(entry.xattrs ?? [:] == xattrs ?? [:])
    }
    #expect((result.status == 1) == driver.entries.contains { $0.statErrno != nil })
  }

  private func row(_ entry: Manifest.Entry) -> [String] {
    let numbers = [
      entry.uid, entry.gid, entry.size, entry.nlink, entry.inode, entry.mtime, entry.atime,
      entry.ctime, entry.statErrno.map(UInt64.init),
    ]
    return [entry.path, entry.mode ?? "-", entry.rdev ?? "-"]
      + numbers.map { $0.map(String.init) ?? "-" }
  }
}
