import JFFS2
import TestSupport
import Testing

/// Damage upon damage, as only a hostile file has it: what it costs must not grow faster than the file.
@Suite struct PiledDamageTests {
  @Test(.timeLimit(.minutes(10)), arguments: [Volume.DamagePolicy.error, .zero])
  func `twenty thousand damaged nodes upon good data cost no more than one look at each`(
    policy: Volume.DamagePolicy
  ) throws {
    let count: UInt32 = 20_000
    let volume = try volumeOfOneFile(.little, policy) { image in
      image.addText(1, "A", count: 4096)
      for version in 2..<count + 2 {
        image.addText(version, "B", count: 4, at: version % 1000 * 4, flaws: [.dataCRC])
      }
      image.addMetadata(count + 2, fileSize: 4096)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 4096))
  }
}
