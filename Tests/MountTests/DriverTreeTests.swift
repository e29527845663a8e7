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
  func `damaged=zero serves what the driver serves`(image: AnsweredImage, user: User) throws {
    try compare(image, user, options: ["-o", "damaged=zero"])
  }

  private func compare(
    _ image: AnsweredImage, _ user: User, options: [String] = []
  ) throws {
    let place = try MountPlace(image.bytes(), user: user)
    // Copies: the user who mounts need not reach the folder of the package.
    for (name, source) in [
      ("compare.py", Self.script.path), ("tree.json", image.manifestFile.path),
    ] {
      let copy = "\(place.folder)/\(name)"
      try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: copy))
      chmod(copy, 0o644)
    }
    let mounted = try place.run([place.firmware, place.mountpoint] + options)
    try #require(mounted.status == 0, "\(mounted.error)")
    let compared = try place.shell("python3 $D/compare.py $D/tree.json $M")
    #expect(compared.output == "\n" && compared.status == 0, "\(compared.error)")
    #expect(try place.shell("fusermount3 -u $M").status == 0)
  }
}
