import Foundation
import JFFS2
import TestSupport
import Testing

/// Images that are in no repository, where they are at hand: in the folder that `JFFS2FUSE_CORPUS` names or beside the package's.
enum Corpus {
  private static let folder =
    ProcessInfo.processInfo.environment["JFFS2FUSE_CORPUS"].map { URL(fileURLWithPath: $0) }
    ?? packageFolder.deletingLastPathComponent().appendingPathComponent("shared/corpus")

  static let sound = ["kernel-written", "camera-flash"].flatMap {
    OracleImage.compressed(in: folder.appendingPathComponent($0))
  }
  static let damaged = OracleImage.compressed(in: folder.appendingPathComponent("damaged"))
}

@Suite(
  .enabled(if: !Corpus.sound.isEmpty, "no corpus of images; JFFS2FUSE_CORPUS names its folder"))
struct CorpusTests {
  @Test(arguments: Corpus.sound)
  func `the tree is what the driver serves`(image: OracleImage) throws {
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }
}

@Suite(
  .enabled(if: !Corpus.damaged.isEmpty, "no damaged images; JFFS2FUSE_CORPUS names their folder"))
struct DamagedCorpusTests {
  @Test(arguments: Corpus.damaged)
  func `with damage as zeroes the tree is what the driver serves`(image: OracleImage) throws {
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }

  /// The zeroing volume is the driver's tree, by the other test, so the two policies are compared with each other.
  @Test(arguments: Corpus.damaged)
  func `by default damage gives errors and never other bytes`(image: OracleImage) throws {
    let failing = try image.volume()
    let zeroing = try image.volume(Volume.Options(damagePolicy: .zero))
    let paths = try VolumeTree(failing).inos
    #expect(paths == (try VolumeTree(zeroing).inos))
    for ino in Set(paths.values) {
      let comparison = try PolicyComparison(ino, failing, zeroing)
      #expect(comparison.differences == [], "inode \(ino)")
      #expect(!comparison.isTouched || comparison.damagedNodeCount > 0, "inode \(ino)")
    }
  }

  /// Without this, the test above might compare undamaged files only.
  @Test func `some damage touches a file`() throws {
    let isTouched = try Corpus.damaged.contains { image in
      let failing = try image.volume()
      let zeroing = try image.volume(Volume.Options(damagePolicy: .zero))
      return try VolumeTree(failing).inos.values.contains { ino in
        guard (try? failing.attributes(of: ino)) != nil else { return false }
        return try PolicyComparison(ino, failing, zeroing).isTouched
      }
    }
    #expect(isTouched)
  }
}
