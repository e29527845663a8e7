import Firmware
import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// An image on disk and the manifest beside it.
struct OracleImage: CustomTestStringConvertible, Sendable {
  let file: URL
  let manifestFile: URL

  var testDescription: String { file.lastPathComponent }

  /// The volume in the image, found as the product finds it.
  func volume(_ options: Volume.Options = Volume.Options()) throws -> Volume {
    let stored = [UInt8](try Data(contentsOf: file))
    let bytes = file.pathExtension == "gz" ? try gunzip(stored) : stored
    let image = try FlashImage(bytes: bytes, path: file.path)
    let partition = try FirmwareProbe(image).partition()
    return try Volume(scanning: partition.range, options, known: partition.log)
  }

  func manifest() throws -> Manifest { try Manifest(contentsOf: manifestFile) }

  /// What differs between our tree and the driver's.
  func differences(_ options: Volume.Options = Volume.Options()) throws -> [String] {
    try ManifestComparison(try volume(options), with: manifest()).differences
  }

  /// The `.gz` files of a folder that have a `.json` beside them, by name; empty where there is no such folder.
  static func compressed(in folder: URL) -> [OracleImage] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".gz") }.sorted().map { name in
      OracleImage(
        file: folder.appendingPathComponent(name),
        manifestFile: folder.appendingPathComponent(name.dropLast(3) + ".json"))
    }
  }
}

/// The folder of `Package.swift`.
let packageFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
