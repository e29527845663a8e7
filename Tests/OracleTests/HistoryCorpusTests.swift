import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// Histories of the Linux driver, compared with what it showed after each step: as `compare-history.py` does it with a mount.
@Suite(.enabled(if: !AnsweredImage.histories.isEmpty, "\(AnsweredImage.noCorpus)"))
struct HistoryCorpusTests {
  private struct Recorded: Decodable {
    struct Step: Decodable { let entries: [Entry] }
    struct Entry: Decodable {
      let path: String
      let mode: String
      let uid, gid: UInt16
      let size: UInt64
      let mtime: UInt32
      let inode: UInt32
      let sha256: String?
      let data_kept, name_kept: Bool
    }
    let steps: [Step]
  }

  private struct State: Hashable {
    let mode: UInt16
    let uid, gid: UInt16
    let size: UInt64
    let mtime: UInt32
    let sha256: String
  }

  private struct PlacedState: Hashable {
    let path: String
    let state: State
  }

  private func recorded(_ image: AnsweredImage) throws -> Recorded {
    let name = image.file.path.dropLast(".jffs2.gz".count) + ".json.gz"
    let stored = try Data(contentsOf: URL(filePath: String(name)))
    return try JSONDecoder().decode(Recorded.self, from: Data(gunzip([UInt8](stored))))
  }

  /// The regular files of a tree that can be read: paths, inodes and states.
  private func files(_ volume: Volume) throws -> [(path: String, ino: UInt32, state: State)] {
    var found: [(path: String, attributes: InodeAttributes, bytes: [UInt8])] = []
    for (path, ino) in try VolumeTree(volume).inos {
      guard let attributes = try? volume.attributes(of: ino),
        FileType(mode: attributes.mode) == .regular, let bytes = try? volume.contents(of: ino)
      else { continue }
      found.append((String(decoding: path.dropFirst(2), as: UTF8.self), attributes, bytes))
    }
    return zip(found, try sha256Sums(found.map(\.bytes))).map { file, sum in
      let attributes = file.attributes
      return (
        file.path, attributes.ino,
        State(
          mode: attributes.mode, uid: attributes.uid, gid: attributes.gid, size: attributes.size,
          mtime: attributes.modificationTime, sha256: sum)
      )
    }
  }

  @Test(arguments: AnsweredImage.histories)
  func `versions are found, and complete ones were shown by the driver`(
    image: AnsweredImage
  ) throws {
    let flash = try FlashImage(bytes: image.bytes())
    let volume = try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    let tree = try History(volume).tree().volume
    let complete = try files(tree).filter { tree.version(of: $0.ino)?.isComplete == true }
    let current = try files(volume)
    let available = Set(
      complete.map {
        PlacedState(
          path: String($0.path[..<($0.path.lastIndex(of: "/") ?? $0.path.startIndex)]),
          state: $0.state)
      } + current.map { PlacedState(path: $0.path, state: $0.state) })
    var shown: [UInt32: Set<State>] = [:]
    var kept: Set<PlacedState> = []
    for entry in try recorded(image).steps.flatMap(\.entries) {
      guard let sum = entry.sha256 else { continue }
      let state = State(
        mode: UInt16(entry.mode.dropFirst(2), radix: 8) ?? 0, uid: entry.uid, gid: entry.gid,
        size: entry.size, mtime: entry.mtime, sha256: sum)
      shown[entry.inode, default: []].insert(state)
      if entry.data_kept, entry.name_kept {
        kept.insert(PlacedState(path: String(entry.path.dropFirst(2)), state: state))
      }
    }
    let found = kept.count { available.contains($0) }
    let right = complete.count { file in
      tree.version(of: file.ino).map { shown[$0.ino]?.contains(file.state) == true } ?? false
    }
    #expect(kept.count > 0 && complete.count > 0)
    #expect(Double(found) >= min(0.97 * Double(kept.count), Double(kept.count - 2)))
    #expect(Double(right) >= min(0.99 * Double(complete.count), Double(complete.count - 2)))
  }
}
