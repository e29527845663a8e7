// Images for Scripts/compare-with-driver: makes them, and compares what we serve from them with what the driver served.
import Foundation
import JFFS2
import Storage
import TestSupport

/// The erase size of every mutant: most fit into one block, so that its boundaries cut nothing off.
let eraseSize = 65536

/// A file that claims to be longer than this is not worth the time that an emulated machine needs to read it.
let maximumFileSize: UInt64 = 4 << 20

func volume(_ bytes: [UInt8]) throws -> Volume {
  let flash = try FlashImage(bytes: bytes)
  return try Volume(
    scanning: FlashRange(flash, 0..<flash.byteCount),
    Volume.Options(eraseSize: UInt32(eraseSize), damagePolicy: .zero))
}

func isQuick(_ volume: Volume) throws -> Bool {
  try VolumeTree(volume).inos.values.allSatisfy {
    guard let attributes = try? volume.attributes(of: $0) else { return true }
    return FileType(mode: attributes.mode) != .regular || attributes.size <= maximumFileSize
  }
}

func make(_ count: Int, seed: UInt64, in folder: URL) throws {
  var mutator = ImageMutator(seed: seed)
  var generator = SeededGenerator(seed: seed)
  // Without summaries, for which most changed nodes would no longer be where the list has them.
  let images = try AnsweredImage.fixtures.map {
    Array(mutator.compacted(try $0.bytes()).prefix(3 * eraseSize / 4))
  }
  var made = 0
  while made < count {
    guard let image = images.randomElement(using: &generator),
      let other = images.randomElement(using: &generator)
    else { throw CocoaError(.fileNoSuchFile) }
    var mutant =
      made.isMultiple(of: 2)
      ? mutator.mutate(image, other) : mutator.summarisedAndDamaged(image, eraseSize: eraseSize)
    // The driver takes no flash of fewer than five blocks.
    let blocks = max(5, (mutant.count + eraseSize - 1) / eraseSize)
    mutant += [UInt8](repeating: 0xFF, count: blocks * eraseSize - mutant.count)
    if let volume = try? volume(mutant), try !isQuick(volume) { continue }
    try Data(mutant).write(to: folder.appending(path: "\(made).jffs2"))
    made += 1
  }
}

/// Why what we serve is not what the driver serves, where docs/semantics.md says so; nil if it does not.
func explanation(
  of difference: String, _ volume: Volume, _ tree: VolumeTree
) throws -> String? {
  let path = difference.components(separatedBy: ": ").first
  let ino = tree.inos.first { String(decoding: $0.key, as: UTF8.self) == path }?.value
  let nodes = ino.map { volume.nodes(of: $0) } ?? []
  if nodes.contains(where: { UInt64($0.fileOffset) + UInt64($0.length) > UInt64(UInt32.max) }) {
    return "a node that reaches beyond 4 GiB"
  }
  if nodes.contains(where: { $0.length > Volume.maximumChunkSize }) {
    return "a node of more than 16 MiB"
  }
  if difference.contains(": sha256: "),
    nodes.contains(where: { $0.compression == .none && $0.compressedSize < $0.length })
  {
    return "bytes that a node claims and does not store"
  }
  if difference.hasSuffix("fails, ours does not") {
    if nodes.contains(where: { ![.none, .zero, .rtime, .zlib, .lzo].contains($0.compression) }) {
      return "a compression that the driver lacks"
    }
    for node in nodes where node.compression == .lzo {
      if try volume.range.bytes(at: node.flashOffset + 57, count: 1) != [0] {
        return "LZO with a wish for a compression"
      }
    }
  }
  if zip(nodes, nodes.dropFirst()).contains(where: { $0.version == $1.version }) {
    return "nodes of one version"
  }
  if volume.integrityFindings.contains(where: { $0.reason.contains("of inode 0") }) {
    return "inode number 0"
  }
  let directories = tree.inos.filter { key, value in
    value == Volume.rootIno && key != Array(".".utf8)
  }.map { String(decoding: $0.key, as: UTF8.self) }
  if directories.contains(where: { path == $0 || path?.hasPrefix($0 + "/") == true }) {
    return "a name that leads to the root"
  }
  if difference.contains(": xattrs: ") {
    if difference.contains("failure(-95)") { return "an attribute with a zero byte in its name" }
    if difference.contains(".\": ") { return "an attribute whose name is a namespace only" }
    if let ino {
      let type = try FileType(mode: volume.attributes(of: ino).mode)
      if type == nil { return "an inode of unknown type" }
      if type != .regular, type != .directory, difference.contains("failure(-61)") {
        return "an attribute in user. of a special file, which Linux does not read"
      }
    }
  }
  if volume.statistics.impossibleNameCount > 0,
    difference.hasSuffix("the driver has no such path") || difference.hasSuffix(": missing")
  {
    return "an impossible name"
  }
  return nil
}

func compare(in folder: URL) throws -> Bool {
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
  var (same, differing, refused, unanswered) = (0, 0, 0, 0)
  var explained: [String: Int] = [:]
  for name in names.filter({ $0.hasSuffix(".jffs2") }).sorted() {
    let image = AnsweredImage(
      file: folder.appending(path: name), manifestFile: folder.appending(path: name + ".json"))
    guard let json = try? Data(contentsOf: image.manifestFile) else {
      unanswered += 1
      continue
    }
    let ours = Result { try volume(image.bytes()) }
    guard let manifest = try? Manifest(parsing: json) else {
      if case .success = ours {
        print("\(name): the driver does not mount it")
        differing += 1
      } else {
        refused += 1
      }
      continue
    }
    do {
      let volume = try ours.get()
      let tree = try VolumeTree(volume)
      let differences = try ManifestComparison(volume, with: manifest).differences
      let unexplained = try differences.filter {
        try explanation(of: $0, volume, tree) == nil
      }
      for difference in unexplained { print("\(name): \(difference)") }
      if let first = differences.first, unexplained.isEmpty {
        explained[try explanation(of: first, volume, tree) ?? "", default: 0] += 1
      } else if differences.isEmpty {
        same += 1
      } else {
        differing += 1
      }
    } catch {
      print("\(name): the driver mounts it, we do not: \(error)")
      differing += 1
    }
  }
  for (reason, count) in explained.sorted(by: { $0.key < $1.key }) {
    print("\(count) explained: \(reason)")
  }
  print(
    "\(same) trees the same, \(refused) refused by both, \(explained.values.reduce(0, +)) explained, "
      + "\(differing) not explained, \(unanswered) without an answer")
  return differing == 0
}

let arguments = CommandLine.arguments
if arguments.count == 5, arguments[1] == "make", let count = Int(arguments[3]),
  let seed = UInt64(arguments[4])
{
  try make(count, seed: seed, in: URL(filePath: arguments[2]))
} else if arguments.count == 3, arguments[1] == "compare" {
  exit(try compare(in: URL(filePath: arguments[2])) ? 0 : 1)
} else {
  print("usage: mutants make DIR COUNT SEED | compare DIR")
  exit(64)
}
