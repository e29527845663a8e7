import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// Images that no driver would write: they are served consistently or rejected.
///
/// `JFFS2FUSE_MUTANTS` says how many of each kind are tried.
@Suite struct MutationTests {
  private static let count =
    ProcessInfo.processInfo.environment["JFFS2FUSE_MUTANTS"].flatMap(Int.init) ?? 150

  @Test(arguments: [4242, UInt64.random(in: 0 ... .max)])
  func `a mutant is served in agreement with itself or refused`(seed: UInt64) throws {
    print("seed \(seed)")
    var mutator = ImageMutator(seed: seed)
    let images = try AnsweredImage.fixtures.map { mutator.compacted(try $0.bytes()) }
    var generator = SeededGenerator(seed: seed)
    var (served, names, bytes, errors) = (0, 0, 0, 0)
    for number in 0..<Self.count {
      let image = try #require(images.randomElement(using: &generator))
      let other = try #require(images.randomElement(using: &generator))
      let mutant = mutator.mutate(image, other)
      let policy: Volume.DamagePolicy = number.isMultiple(of: 2) ? .error : .zero
      let flash = try FlashImage(bytes: mutant)
      guard
        let volume = try? Volume(
          scanning: FlashRange(flash, 0..<flash.byteCount),
          Volume.Options(damagePolicy: policy))
      else { continue }
      let invariants = VolumeInvariants(volume)
      served += 1
      names += invariants.nameCount
      bytes += invariants.byteCount
      errors += invariants.errorCount
      if !invariants.violations.isEmpty {
        Issue.record("mutant \(number) of seed \(seed): \(invariants.violations)")
        let kept = "/tmp/jffs2-mutant-\(seed)-\(number)"
        try Data(mutant).write(to: URL(filePath: kept))
      }
    }
    print(
      "seed \(seed): \(served) of \(Self.count) served, \(names) names, \(bytes) bytes, \(errors) errors"
    )
    // Mutants that are all refused, or never damaged, would prove nothing.
    #expect(served > Self.count / 2 && names > Self.count && errors > 0)
  }
}
