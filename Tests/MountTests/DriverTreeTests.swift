import Foundation
import TestSupport
import Testing

/// An image, and what the Linux driver serves from it.
struct AnsweredImage: CustomTestStringConvertible, Sendable {
  let file: URL
  /// The mount options with which the mount is to be what the driver serves.
  let options: [String]

  var testDescription: String { file.lastPathComponent }
  var manifest: String { file.deletingPathExtension().path + ".json" }

  private static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let corpus =
    ProcessInfo.processInfo.environment["JFFS2FUSE_CORPUS"].map { URL(fileURLWithPath: $0) }
    ?? package.deletingLastPathComponent().appendingPathComponent("shared/corpus")

  static let fixtures = list(package.appendingPathComponent("Tests/Fixtures/driver-written"))
  static let corpusImages = ["kernel-written", "camera-flash"].flatMap {
    list(corpus.appendingPathComponent($0))
  }
  static let damagedImages = list(
    corpus.appendingPathComponent("damaged"), options: ["damaged=zero"])

  private static func list(_ folder: URL, options: [String] = []) -> [AnsweredImage] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".gz") }.sorted().map {
      AnsweredImage(file: folder.appendingPathComponent($0), options: options)
    }
  }
}

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
      if: !AnsweredImage.corpusImages.isEmpty,
      "no corpus of images; JFFS2FUSE_CORPUS names its folder"),
    arguments: AnsweredImage.corpusImages, User.available)
  func `a mounted image is what the driver serves`(image: AnsweredImage, user: User) throws {
    try compare(image, user)
  }

  @Test(
    .enabled(
      if: !AnsweredImage.damagedImages.isEmpty,
      "no damaged images; JFFS2FUSE_CORPUS names their folder"),
    arguments: AnsweredImage.damagedImages, User.available)
  func `damaged=zero serves what the driver serves`(image: AnsweredImage, user: User) throws {
    try compare(image, user)
  }

  private func compare(_ image: AnsweredImage, _ user: User) throws {
    let bytes = try gunzip([UInt8](try Data(contentsOf: image.file)))
    let place = try MountPlace(bytes, user: user)
    // Copies: the user who mounts need not reach the folder of the package.
    for (name, source) in [("compare.py", Self.script.path), ("tree.json", image.manifest)] {
      let copy = "\(place.folder)/\(name)"
      try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: copy))
      chmod(copy, 0o644)
    }
    let options = image.options.flatMap { ["-o", $0] }
    let mounted = try place.run([place.firmware, place.mountpoint] + options)
    try #require(mounted.status == 0, "\(mounted.error)")
    let compared = try place.shell("python3 $D/compare.py $D/tree.json $M")
    #expect(compared.output == "\n" && compared.status == 0, "\(compared.error)")
    #expect(try place.shell("fusermount3 -u $M").status == 0)
  }
}
