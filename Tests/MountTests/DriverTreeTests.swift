import Foundation
import TestSupport
import Testing

/// Whole trees through the kernel: every attribute, all contents, targets and xattrs, as an ordinary user and as root.
@Suite(.needsFUSE) struct DriverTreeTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("compare-mount.py")

  @Test(arguments: AnsweredImage.fixtures, User.available)
  func `a mounted fixture is what the driver serves`(image: AnsweredImage, user: User) throws {
    try compare(image, user)
  }

  @Test(
    .enabled(
      if: !AnsweredImage.sound.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.sound, User.available)
  func `a mounted image is what the driver serves`(image: AnsweredImage, user: User) throws {
    try compare(image, user)
  }

  @Test(
    .enabled(
      if: !AnsweredImage.damaged.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.damaged, User.available)
  func `damaged=zero serves the same as the driver`(image: AnsweredImage, user: User) throws {
    try compare(image, user, options: ["-o", "damaged=zero"])
  }

  /// A dump of a whole flash chip, and which images hold what its file systems do.
  private struct DumpListing: Decodable {
    struct FileSystem: Decodable {
      let offset: UInt64
      let entries_of: String
    }
    let file_systems: [FileSystem]
  }

  @Test(
    .enabled(if: !AnsweredImage.dumps.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.dumps, [true, false])
  func `a dump shows the file systems that are in it, with and without its table`(
    dump: AnsweredImage, hasTable: Bool
  ) throws {
    var bytes = try dump.bytes()
    if !hasTable { blank("mtdparts", in: &bytes) }
    let place = try MountPlace(bytes, user: User.available[User.available.count - 1])
    let listing = try JSONDecoder().decode(
      DumpListing.self, from: Data(contentsOf: dump.manifestFile)
    ).file_systems
    for (number, part) in listing.enumerated() {
      // Each alone, so that inode numbers are the image's own.
      let mounted = try place.run(
        [place.firmware, place.mountpoint, "-o", "partition=0x" + String(part.offset, radix: 16)])
      try #require(mounted.status == 0, "\(mounted.error)")
      let image = try #require(
        AnsweredImage.sound.first { $0.file.lastPathComponent == part.entries_of + ".gz" })
      try check(image, place, "\(number)")
      #expect(try place.shell("fusermount3 -u $M").status == 0)
    }
    let mounted = try place.run([place.firmware, place.mountpoint])
    try #require(mounted.status == 0, "\(mounted.error)")
    let count = try place.shell("find $M -mindepth 1 -maxdepth 1 -type d | wc -l").output
    if listing.count > 1 { #expect(count == "\(listing.count)\n") }
    #expect(try place.shell("fusermount3 -u $M").status == 0)
  }

  private func blank(_ word: String, in bytes: inout [UInt8]) {
    let word = Array(word.utf8)
    for index in 0..<bytes.count - word.count where bytes[index] == word[0] {
      if bytes[index..<index + word.count].elementsEqual(word) { bytes[index] = 0x20 }
    }
  }

  private func compare(
    _ image: AnsweredImage, _ user: User, options: [String] = []
  ) throws {
    let place = try MountPlace(image.bytes(), user: user)
    let mounted = try place.run([place.firmware, place.mountpoint] + options)
    try #require(mounted.status == 0, "\(mounted.error)")
    try check(image, place)
    #expect(try place.shell("fusermount3 -u $M").status == 0)
  }

  /// Compares what is mounted with the driver's answer.
  private func check(_ image: AnsweredImage, _ place: MountPlace, _ label: String = "") throws {
    // Copies: the user who mounts need not reach the directory of the package.
    for (name, source) in [
      ("compare.py", Self.script.path), ("tree\(label).json", image.manifestFile.path),
    ] {
      let copy = "\(place.folder)/\(name)"
      try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: copy))
      chmod(copy, 0o644)
    }
    let compared = try place.shell("/usr/bin/python3 -I $D/compare.py $D/tree\(label).json $M")
    #expect(compared.output == "\n" && compared.status == 0, "\(compared.error)")
  }
}
