import JFFS2
import Storage
import TestSupport
import Testing

/// A small image of everything, each byte of it damaged in turn.
@Suite struct HostileImageTests {
  /// An image of one of each, and which bytes each path needs.
  private struct Sample {
    var image: ImageBuilder
    /// The nodes that a path is served from, by their range in the image.
    var needs: [String: [Range<Int>]] = [:]
    var nodes: [Range<Int>] = []

    init(_ endianness: Endianness) {
      image = ImageBuilder(Dialect(endianness))
      add([]) { $0.addCleanmarker() }
      add(["d", "d/f"]) {
        $0.addDirent(version: 1, ino: 2, name: "d", type: 4, changeTime: 5)
      }
      add(["d"]) { $0.addInode(2, version: 1, mode: 0o40755, times: (1, 2, 3)) }
      add(["d/f"]) { $0.addDirent(parent: 2, version: 2, ino: 3, name: "f") }
      add(["d/f"]) { $0.addInode(3, version: 1, fileSize: 40, payload: Array("first".utf8)) }
      add(["d/f"]) {
        $0.addInode(
          3, version: 2, offset: 20, payload: [0x41, 0x0F, 0x42, 0x03], size: 20,
          compression: .rtime)
      }
      add(["l"]) { $0.addDirent(version: 3, ino: 4, name: "l", type: 10) }
      add(["l"]) { $0.addInode(4, version: 1, mode: 0o120777, payload: Array("d/f".utf8)) }
      add(["c"]) { $0.addDirent(version: 4, ino: 5, name: "c", type: 2) }
      add(["c"]) { $0.addInode(5, version: 1, mode: 0o20600, fileSize: 0, payload: [1, 5]) }
      add(["g"]) { $0.addDirent(version: 5, ino: 6, name: "g") }
      add(["g"]) { $0.addInode(6, version: 1, payload: Array("second".utf8)) }
      add(["g"]) { $0.addXattr(xid: 1, version: 1, name: "k", value: [7, 8]) }
      add(["g"]) { $0.addXref(ino: 6, xid: 1, sequence: 2) }
      add([]) { $0.addDirent(version: 6, ino: 0, name: "z") }
    }

    /// Adds a node that the paths need.
    private mutating func add(_ paths: [String], _ body: (inout ImageBuilder) -> Int) {
      let start = body(&image)
      nodes.append(start..<image.bytes.count)
      for path in paths { needs[path, default: []].append(start..<image.bytes.count) }
    }
  }

  /// The attributes and contents of a path; those of a directory exclude data that its names change.
  private struct Served: Equatable {
    var mode: UInt16
    var size: UInt64
    var device: DeviceNumber?
    var bytes: [UInt8] = []
    var xattrs: [Xattr] = []
  }

  /// Walks over all that can be reached and asks for everything, of errors those of the file system only.
  private func walk(_ volume: Volume) throws -> [String: Served] {
    var served: [String: Served] = [:]
    var pending: [(ino: UInt32, path: String, depth: Int)] = [(Volume.rootIno, "", 0)]
    while let directory = pending.popLast() {
      for entry in try volume.entries(of: directory.ino) {
        let (ino, name) = (entry.ino, entry.name)
        let found = try volume.lookup(name.span, in: directory.ino)
        #expect(name.count == 255 || found == ino)
        let separator = directory.path.isEmpty ? "" : "/"
        let path = directory.path + separator + String(decoding: name, as: UTF8.self)
        do {
          let item = try serve(volume, ino)
          served[path] = item
          if FileType(mode: item.mode) == .directory, directory.depth < 5 {
            pending.append((ino, path, directory.depth + 1))
          }
        } catch is JFFS2Error {
          continue
        }
      }
    }
    _ = try serve(volume, Volume.rootIno)
    return served
  }

  private func serve(_ volume: Volume, _ ino: UInt32) throws -> Served {
    let attributes = try volume.attributes(of: ino)
    var item = Served(
      mode: attributes.mode, size: attributes.size, device: attributes.device)
    _ = volume.pathIndex.path(of: ino)
    item.xattrs = try volume.xattrs(of: ino)
    for xattr in item.xattrs { _ = try volume.xattr(xattr.name.span, of: ino) }
    switch FileType(mode: attributes.mode) {
    case .regular:
      item.bytes = try volume.contents(of: ino, from: 0, count: 100)
      _ = try volume.contents(of: ino, from: attributes.size / 2, count: 100)
      _ = try volume.contents(of: ino, from: max(attributes.size, 50) - 50, count: 100)
      _ = try volume.nextData(ino, from: 0)
      _ = try volume.nextHole(ino, from: 0)
    case .symbolicLink:
      item.bytes = try volume.target(ofSymbolicLink: ino)
    default: break
    }
    return item
  }

  private func volume(_ bytes: [UInt8], _ policy: Volume.DamagePolicy) throws -> Volume {
    let flash = try FlashImage(bytes: bytes)
    return try Volume(
      scanning: FlashRange(flash, 0..<flash.byteCount), Volume.Options(damagePolicy: policy))
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `a flipped byte harms no path whose nodes it leaves alone`(
    endianness: Endianness, policy: Volume.DamagePolicy
  ) throws {
    let sample = Sample(endianness)
    let whole = try walk(volume(sample.image.bytes, policy))
    #expect(Set(whole.keys) == ["d", "d/f", "l", "c", "g"])
    #expect(Set(whole.keys) == Set(sample.needs.keys))
    for index in sample.image.bytes.indices {
      for mask in [0xFF, 0x01, 0x20] as [UInt8] {
        var bytes = sample.image.bytes
        bytes[index] ^= mask
        let served = try walk(volume(bytes, policy))
        for (path, nodes) in sample.needs where !nodes.contains(where: { $0 ~= index }) {
          #expect(served[path] == whole[path], "byte \(index) ^ \(mask): \(path)")
        }
        #expect(Set(served.keys).isSubset(of: whole.keys), "byte \(index) ^ \(mask)")
      }
    }
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `a truncated image serves the paths whose nodes exist`(
    endianness: Endianness, policy: Volume.DamagePolicy
  ) throws {
    let sample = Sample(endianness)
    let whole = try walk(volume(sample.image.bytes, policy))
    for count in sample.image.bytes.indices {
      let bytes = Array(sample.image.bytes.prefix(count))
      guard count >= NodeHeader.size else {
        #expect(throws: JFFS2Error.noNodes) { try volume(bytes, policy) }
        continue
      }
      let served = try walk(volume(bytes, policy))
      for (path, nodes) in sample.needs where nodes.allSatisfy({ $0.upperBound <= count }) {
        #expect(served[path] == whole[path], "\(count) bytes: \(path)")
      }
      #expect(Set(served.keys).isSubset(of: whole.keys), "\(count) bytes")
    }
  }

  /// Data with valid CRCs may have any value.
  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `any field value with valid CRCs is handled safely`(
    endianness: Endianness, policy: Volume.DamagePolicy
  ) throws {
    let sample = Sample(endianness)
    for node in sample.nodes {
      for index in node where index < node.lowerBound + 68 {
        for value in [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
          var bytes = sample.image.bytes
          bytes[index] = value
          mend(&bytes, node, sample.image)
          do {
            _ = try walk(volume(bytes, policy))
          } catch is JFFS2Error {
            continue
          }
        }
      }
    }
  }

  /// Makes the CRCs of a node right again.
  private func mend(_ bytes: inout [UInt8], _ node: Range<Int>, _ image: ImageBuilder) {
    let start = node.lowerBound
    let typeOffset = start + (image.dialect.endianness == .little ? 2 : 3)
    func store(at field: Int, _ covered: Range<Int>) {
      let end = min(covered.upperBound, bytes.count)
      let crc = jffs2CRC(bytes.span.extracting(min(covered.lowerBound, end)..<end))
      bytes.replaceSubrange(field..<field + 4, with: image.number32(crc))
    }
    store(at: start + 8, start..<start + 8)
    switch bytes[typeOffset] {
    case 1 where node.count >= 40:
      store(at: start + 32, start..<start + 32)
      store(at: start + 36, start + 40..<start + 40 + Int(bytes[start + 28]))
    case 2 where node.count >= 68:
      let sizeBytes = bytes[(start + 48)..<(start + 52)]
      let ordered = image.dialect.endianness == .little ? sizeBytes.reversed() : Array(sizeBytes)
      let size = ordered.reduce(0) { $0 << 8 | Int($1) }
      store(at: start + 60, start + 68..<start + 68 + size)
      store(at: start + 64, start..<start + 60)
    case 8 where node.count >= 32:
      store(at: start + 28, start..<start + 28)
    case 9 where node.count >= 28:
      store(at: start + 24, start..<start + 24)
    default: break
    }
  }
}
