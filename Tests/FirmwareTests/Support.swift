import Firmware
import Foundation
import JFFS2
import Storage
import Support
import TestSupport
import Testing

/// A JFFS2 image of one file with that name.
func jffs2(_ name: String = "file", _ endianness: Endianness = .little) -> [UInt8] {
  var image = ImageBuilder(Dialect(endianness))
  image.addCleanmarker()
  image.addDirent(version: 1, ino: 2, name: name)
  image.addInode(2, version: 1, payload: Array("contents of \(name)".utf8))
  image.padWithErased(toMultipleOf: 4096)
  return image.bytes
}

/// The names in the file system that the bytes lead to.
func names(
  _ bytes: [UInt8], _ options: FirmwareProbe.Options = FirmwareProbe.Options()
) throws -> [String] {
  let partition = try FirmwareProbe(FlashImage(bytes: bytes), options).partition()
  return try Volume(scanning: partition.range).names()
}

extension FirmwareProbe {
  /// The first of the file systems.
  func partition() throws(FirmwareError) -> Partition { try partitions()[0] }
}

func partition(
  _ bytes: [UInt8], _ options: FirmwareProbe.Options = FirmwareProbe.Options()
) throws -> Partition {
  try FirmwareProbe(FlashImage(bytes: bytes), options).partition()
}

/// The error for the bytes, or nil where a file system is found.
func failure(
  _ bytes: [UInt8], _ options: FirmwareProbe.Options = FirmwareProbe.Options()
) throws -> FirmwareError? {
  let image = try FlashImage(bytes: bytes)
  do throws(FirmwareError) {
    _ = try FirmwareProbe(image, options).partition()
    return nil
  } catch {
    return error
  }
}

func bigEndian(_ value: Int) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
}

/// The CRC-32 of zlib, of ZIP and of U-Boot.
func crc32(_ bytes: [UInt8]) -> Int { Int(~jffs2CRC(bytes.span, initial: .max)) }

/// A legacy U-Boot image.
func uImage(
  _ data: [UInt8], type: UInt8 = 7, compression: UInt8 = 0, name: String = "home",
  size: Int? = nil, dataCRC: Int? = nil
) -> [UInt8] {
  let head = bigEndian(0x2705_1956)
  var rest = bigEndian(1_600_000_000) + bigEndian(size ?? data.count) + bigEndian(0) + bigEndian(0)
  rest += bigEndian(dataCRC ?? crc32(data)) + [5, 2, type, compression]
  rest += (Array(name.utf8) + Array(repeating: 0, count: 32)).prefix(32)
  return head + bigEndian(crc32(head + bigEndian(0) + rest)) + rest + data
}

/// The data of a list of files.
func table(_ files: [[UInt8]]) -> [UInt8] {
  var data = files.flatMap { bigEndian($0.count) } + bigEndian(0)
  for file in files {
    data += file
    while data.count % 4 != 0 { data.append(0) }
  }
  return data
}

/// A directory that goes with the value.
final class Workshop {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "jffs2-containers-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ bytes: [UInt8], _ name: String) throws {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// Runs a line of shell in the directory.
  func run(_ line: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "{ \(line); } >log 2>&1"]
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    let log = String(decoding: try read("log"), as: UTF8.self)
    try #require(process.terminationStatus == 0, "\(line): \(log)")
  }
}

/// Whether a program is there; for `.enabled(if:)`, which shows what is skipped.
func has(_ programs: String...) -> Bool {
  programs.allSatisfy { program in
    ["/usr/bin", "/bin", "/usr/local/bin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}
