import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `A hostile history` {
  /// Walks over everything that a history shows, and asks for all events.
  private func violations(_ volume: Volume) throws -> [String] {
    let history = try History(volume)
    let events = history.events()
    #expect(events.allSatisfy { $0.path < history.pathCount })
    for tree in [try history.tree().volume, try history.deletedTree().volume] {
      let invariants = VolumeInvariants(tree, contentsLimit: 1 << 16)
      guard invariants.violations.isEmpty else { return invariants.violations }
    }
    return []
  }

  /// How many mutants are tried; `JFFS2FUSE_MUTANTS` gives another number.
  private static let mutantCount =
    ProcessInfo.processInfo.environment["JFFS2FUSE_MUTANTS"].flatMap(Int.init) ?? 300

  @Test func `changed nodes with right checksums break nothing`() throws {
    let given = ProcessInfo.processInfo.environment["JFFS2FUSE_SEED"].flatMap(UInt64.init)
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var mutator = ImageMutator(seed: seed)
    var generator = SeededGenerator(seed: seed)
    let images = try (AnsweredImage.fixtures + AnsweredImage.histories).map {
      Array(try $0.bytes().prefix(1 << 18))
    }
    var reached = 0
    for number in 0..<Self.mutantCount {
      let image = images[Int.random(in: images.indices, using: &generator)]
      let other = images[Int.random(in: images.indices, using: &generator)]
      let flash = try FlashImage(bytes: mutator.mutate(image, other))
      guard let volume = try? Volume(scanning: FlashRange(flash, 0..<flash.byteCount)) else {
        continue
      }
      reached += 1
      let violations = try violations(volume)
      #expect(violations.isEmpty, "mutant \(number) of seed \(seed)")
    }
    #expect(reached > Self.mutantCount / 2)
  }

  @Test func `impossible names are left out, and what they led to is in lost+found`() throws {
    var files = SavedFiles()
    for (ino, name) in zip(2..., ["..", ".", "a/b", ""]) {
      files.name(name, UInt32(ino), version: UInt32(ino), time: 100, flaws: [.obsolete])
      files.save(UInt32(ino), version: 1, name, time: 100, flaws: [.obsolete])
    }
    #expect(
      try files.history().shown() == [
        "lost+found/#2/001: ..", "lost+found/#3/001: .", "lost+found/#4/001: a/b",
        "lost+found/#5/001: ",
      ])
  }

  @Test func `a directory without a usable node does not hide what was in it`() throws {
    var files = SavedFiles()
    files.name("d", 2, version: 1, type: 4)
    files.save(2, version: 1, "no data", time: 100, mode: 0o040700, flaws: [.dataCRC])
    files.name("f", 3, version: 1, parent: 2, flaws: [.obsolete])
    files.save(3, version: 1, "text", time: 100)
    files.name("f", 0, version: 2, parent: 2)
    let history = try files.history()
    #expect(try history.shown() == ["d/f/001: text"])
    #expect(try violations(history.volume) == [])
  }

  @Test func `the highest numbers and sizes are served as they are`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: .max, time: .max)
    files.save(version: .max - 1, "end", time: .max - 10, at: .max - 10, fileSize: .max)
    files.truncate(version: .max, to: .max, time: .max)
    let history = try files.history()
    let tree = try history.tree().volume
    let ino = try #require(try tree.ino("f/001.partial"))
    #expect(try tree.attributes(of: ino).size == UInt64(UInt32.max))
    #expect(try tree.missingRanges(of: ino).map(\.lowerBound) == [0, UInt64(UInt32.max) - 7])
    #expect(try violations(history.volume) == [])
  }

  /// The number of nodes; a release build takes a million.
  private static let nodeCount: UInt32 =
    ProcessInfo.processInfo.environment["JFFS2FUSE_NODES"].flatMap(UInt32.init) ?? 20_000

  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "appended", "rewritten", "named", "renamed", "renamed while the clock falls back",
      "named between saves",
    ])
  func `very many nodes of one inode take linear time`(kind: String) throws {
    func seconds(_ count: UInt32) throws -> Double {
      var files = SavedFiles()
      files.name("f", 2, version: 1, time: 1)
      for version in 1...count {
        switch kind {
        case "appended": files.save(version: version, "x", time: 3 * version, at: version)
        case "rewritten": files.save(version: version, "x", time: 3 * version, at: version % 7)
        case "renamed", "renamed while the clock falls back":
          let isAhead = kind != "renamed" && version.isMultiple(of: 2)
          files.save(version: version, "x", time: 10 * version + (isAhead ? 100_000_000 : 0))
          files.name("n\(version)", 2, version: 2 * version, time: 10 * version + 5)
          files.name("n\(version - 1)", 0, version: 2 * version + 1, time: 10 * version + 5)
        case "named between saves":
          // Of three saves under each name's number one is under the name.
          let time = 100 * (version / 3) + 10 * (version % 3)
          files.save(version: version, "x", time: time)
          if version.isMultiple(of: 3) {
            files.name("n\(version)", 2, version: 2 * version, time: time + 10)
            files.name("n\(version)", 0, version: 2 * version + 1, time: time + 11)
          }
        default:
          files.save(version: version, "x", time: 3 * version)
          files.name("f\(version % 1000)", 2, version: version + 1, time: 3 * version)
        }
      }
      let volume = try Volume(files.image)
      let start = Date()
      let history = try History(volume)
      let tree = try history.tree()
      let count = Array(history.events()).count
      #expect(count >= Int(files.image.bytes.count / 200))
      // Not all of these names are listed with all versions.
      let folder = try tree.volume.ino(kind.contains("named") ? "" : "f") ?? 0
      let names = try tree.volume.names(in: folder)
      for name in names.prefix(5000) {
        let ino = try #require(try tree.volume.lookup(Array(name.utf8).span, in: folder))
        #expect(try tree.volume.attributes(of: ino).linkCount > 0)
      }
      return Date().timeIntervalSince(start)
    }
    let (small, large) = (try seconds(Self.nodeCount / 4), try seconds(Self.nodeCount))
    print("\(kind): \(small) s, \(large) s")
    // A quadratic step would make it 16.
    #expect(large < 9 * small + 0.5)
  }
}
