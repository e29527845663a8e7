import JFFS2
import TestSupport
import Testing

@Suite(.enabled(if: !AnsweredImage.sound.isEmpty, "\(AnsweredImage.noCorpus)"))
struct CorpusTests {
  @Test(arguments: AnsweredImage.sound)
  func `the tree is what the driver serves`(image: AnsweredImage) throws {
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }
}

@Suite(.enabled(if: !AnsweredImage.damaged.isEmpty, "\(AnsweredImage.noCorpus)"))
struct DamagedCorpusTests {
  @Test(arguments: AnsweredImage.damaged)
  func `with damage as zeros the tree is the same as with the driver`(image: AnsweredImage) throws {
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }

  /// The zeroing volume is the driver's tree, by the other test, so the two policies are compared with each other.
  @Test(arguments: AnsweredImage.damaged)
  func `by default damage gives errors and never other bytes`(image: AnsweredImage) throws {
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
    let isTouched = try AnsweredImage.damaged.contains { image in
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
