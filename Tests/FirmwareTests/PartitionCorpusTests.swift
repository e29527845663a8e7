import Firmware
import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: !AnsweredImage.dumps.isEmpty, "\(AnsweredImage.noCorpus)"))
struct `Partition search in the corpus` {
  @Test(arguments: AnsweredImage.sound + AnsweredImage.damaged)
  func `an image of one file system is one partition`(answered: AnsweredImage) throws {
    let image = try FlashImage(bytes: answered.bytes())
    #expect(
      try PartitionSearch(image).partitions() == [
        PartitionCandidate(name: nil, range: 0..<image.byteCount, source: .wholeImage)
      ])
    // Whether it was searched or read once.
    let probed = try FirmwareProbe(image).partitions()
    #expect(probed.map(\.range.length) == [UInt32(image.byteCount)])
  }

  @Test(arguments: AnsweredImage.sound)
  func `it is one after foreign data, too`(answered: AnsweredImage) throws {
    let front = (0..<256 << 10).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    let found = try PartitionSearch(FlashImage(bytes: front + answered.bytes())).partitions()
    #expect(found.map(\.range.lowerBound) == [UInt64(front.count)])
  }

  @Test(arguments: [
    ("dafang-5.5.1.177-flash.bin.gz", ["backupk", "backupa", "config", "para"]),
    ("spycam-flash.bin.gz", ["appfs"]),
  ])
  func `a dump gives the file systems that are in it`(name: String, names: [String]) throws {
    struct Listing: Decodable {
      struct Entry: Decodable {
        let offset: UInt64
        let length: UInt64
      }
      let file_systems: [Entry]
    }
    let dump = try #require(AnsweredImage.dumps.first { $0.description == name })
    var bytes = try dump.bytes()
    let listing = try JSONDecoder().decode(
      Listing.self, from: Data(contentsOf: dump.manifestFile))
    let found = try PartitionSearch(FlashImage(bytes: bytes)).partitions()
    #expect(found.map(\.name) == names)
    #expect(
      found.map(\.range) == listing.file_systems.map { $0.offset..<$0.offset + $0.length })

    let word = Array("mtdparts".utf8)
    for index in 0..<bytes.count - word.count where bytes[index] == word[0] {
      if bytes[index..<index + word.count].elementsEqual(word) { bytes[index] = 0x20 }
    }
    let blind = try PartitionSearch(FlashImage(bytes: bytes)).partitions()
    #expect(blind.map(\.range.lowerBound) == listing.file_systems.map(\.offset))
    #expect(blind.allSatisfy { $0.source == .inferred })
  }
}
