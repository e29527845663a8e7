import Firmware
import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// Images that are in no repository, where they are at hand: in the folder that `JFFS2FUSE_CORPUS` names or beside the package's.
private let corpus: String =
  ProcessInfo.processInfo.environment["JFFS2FUSE_CORPUS"]
  ?? URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("shared/corpus").path

private func images(_ folder: String) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(corpus)/\(folder)")) ?? []
  return names.filter { $0.hasSuffix(".gz") }.sorted().map { "\(folder)/\($0)" }
}

private func unpack(_ name: String) throws -> [UInt8] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["gzip", "-dc", "\(corpus)/\(name)"]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return [UInt8](data)
}

@Suite(.enabled(if: !images("camera-dump").isEmpty, "the corpus is not here"))
struct `Partition search in the corpus` {
  @Test(arguments: images("camera-flash") + images("kernel-written") + images("damaged"))
  func `an image of one file system is one partition`(name: String) throws {
    let image = try FlashImage(bytes: unpack(name))
    #expect(
      try PartitionSearch(image).partitions() == [
        FoundPartition(name: nil, range: 0..<image.byteCount, source: .wholeImage)
      ])
    // Whether it was searched or read once.
    let probed = try FirmwareProbe(image).partitions()
    #expect(probed.map(\.range.length) == [UInt32(image.byteCount)])
  }

  @Test(arguments: images("camera-flash") + images("kernel-written"))
  func `it is one behind foreign data, too`(name: String) throws {
    let front = (0..<256 << 10).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    let found = try PartitionSearch(FlashImage(bytes: front + unpack(name))).partitions()
    #expect(found.map(\.range.lowerBound) == [UInt64(front.count)])
  }

  @Test(arguments: [
    ("camera-dump/dafang-5.5.1.177-flash.bin.gz", ["backupk", "backupa", "config", "para"]),
    ("camera-dump/spycam-flash.bin.gz", ["appfs"]),
  ])
  func `a dump gives the file systems that are in it`(name: String, names: [String]) throws {
    struct Listing: Decodable {
      struct Entry: Decodable {
        let offset: UInt64
        let length: UInt64
      }
      let file_systems: [Entry]
    }
    var bytes = try unpack(name)
    let json = "\(corpus)/\(name.dropLast(3)).json"
    let listing = try JSONDecoder().decode(
      Listing.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
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
