import Glibc
import JFFS2
import TestSupport
import Testing

/// Damage upon damage, as only a hostile file has it: what it costs must not grow faster than the file.
@Suite struct PiledDamageTests {
  @Test(.timeLimit(.minutes(10)), arguments: [Volume.DamagePolicy.error, .zero])
  func `twenty thousand damaged nodes over valid data are each checked once`(
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

  @Test(arguments: [Volume.DamagePolicy.error, .zero])
  func `the damaged nodes of a file are read by the first stat of many`(
    policy: Volume.DamagePolicy
  ) throws {
    let volume = try volumeOfOneFile(.little, policy) { image in
      image.addText(1, "A", count: 4096)
      addDamaged(&image, mode: 0o100644)
    }
    try expectLittleWork(volume) { $0.size == 4096 }
  }

  @Test func `the damaged nodes of a device are read by the first stat of many`() throws {
    let volume = try volumeOfOneFile(.little) { image in
      image.addInode(fileIno, version: 1, mode: 0o20600, fileSize: 0, payload: [1, 5])
      addDamaged(&image, mode: 0o20600)
    }
    try expectLittleWork(volume) { $0.device?.minor == 1 }
  }

  private func addDamaged(_ image: inout ImageBuilder, mode: UInt32) {
    for version in 2..<202 as Range<UInt32> {
      image.addText(version, "B", count: 64 << 10, at: 4096, mode: mode, flaws: [.dataCRC])
    }
  }

  /// Two hundred questions for the file's attributes, of which all but the first are answered from what is known.
  private func expectLittleWork(
    _ volume: Volume, _ isRight: (InodeAttributes) -> Bool
  ) throws {
    let start = threadProcessorTime()
    _ = try volume.attributes(of: fileIno)
    let middle = threadProcessorTime()
    for _ in 0..<200 where !isRight(try volume.attributes(of: fileIno)) {
      Issue.record("other attributes")
    }
    #expect(threadProcessorTime() - middle < (middle - start) * 50)
  }
}
