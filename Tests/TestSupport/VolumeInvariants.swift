package import JFFS2

/// The invariants of every volume, even of a damaged image: a walk ends, listing and look-up agree, no read gives more than the file's
/// size, and reading in pieces gives what reading at once gives.
package struct VolumeInvariants {
  /// The violated invariants, one line each.
  package private(set) var violations: [String] = []
  /// How many names, bytes and errors of the walk, so that a run can be checked for coverage.
  package private(set) var nameCount = 0
  package private(set) var byteCount = 0
  package private(set) var errorCount = 0

  private let volume: Volume
  private var visited: Set<UInt32> = []
  private var linkCounts: [UInt32: UInt32] = [:]
  private var calledDirectory: Set<UInt32> = []
  private let contentsLimit: UInt64

  /// Walks the whole tree.
  ///
  /// - Parameter contentsLimit: The most bytes that are read from one file; files may claim to have 4 GiB of holes.
  package init(_ volume: Volume, contentsLimit: UInt64 = 1 << 20) {
    self.volume = volume
    self.contentsLimit = contentsLimit
    var pending = [Volume.rootIno]
    visited = [Volume.rootIno]
    while let directory = pending.popLast() { pending += check(directory: directory) }
    checkLinkCounts()
  }

  /// - Returns: The directories in it that were not visited before.
  private mutating func check(directory: UInt32) -> [UInt32] {
    let names: [DirectoryEntry]
    do throws(JFFS2Error) {
      names = Array(try volume.entries(of: directory))
    } catch {
      violations.append("inode \(directory): a directory that cannot be listed: \(error)")
      return []
    }
    nameCount += names.count
    if Set(names.map(\.name)).count != names.count {
      violations.append("inode \(directory): a name is listed twice")
    }
    var directories: [UInt32] = []
    for entry in names {
      let (ino, name) = (entry.ino, entry.name)
      // A name that says to be a directory's counts for its parent, regardless of its target: `jffs2_build_inode_pass1`.
      if entry.type == 4 { calledDirectory.insert(ino) } else { linkCounts[ino, default: 0] += 1 }
      check(lookup: name, in: directory, is: ino)
      guard visited.insert(ino).inserted else { continue }
      if check(inode: ino) { directories.append(ino) }
    }
    return directories
  }

  private mutating func check(lookup name: [UInt8], in directory: UInt32, is ino: UInt32) {
    guard name.count <= Volume.maximumNameLength else { return }
    let found = try? volume.lookup(name.span, in: directory)
    if found != ino {
      violations.append("inode \(directory): look-up gives \(found ?? nil ?? 0), listing \(ino)")
    }
  }

  /// - Returns: Whether it is a directory.
  private mutating func check(inode ino: UInt32) -> Bool {
    do throws(JFFS2Error) {
      let attributes = try volume.attributes(of: ino)
      for xattr in try volume.xattrs(of: ino) {
        do throws(JFFS2Error) {
          _ = try volume.xattr(xattr.name.span, of: ino)
        } catch {
          guard case .malformedACL = error else { throw error }
        }
      }
      switch FileType(mode: attributes.mode) {
      case .directory: return true
      case .symbolicLink: _ = try volume.target(ofSymbolicLink: ino)
      case .regular:
        check(contentsOf: ino, size: attributes.size)
        try check(holesOf: ino, size: attributes.size)
      default: break
      }
    } catch {
      errorCount += 1
    }
    return false
  }

  private mutating func check(contentsOf ino: UInt32, size: UInt64) {
    let whole = read(ino, 0..<min(size, contentsLimit))
    if let whole, whole.count != min(size, contentsLimit) {
      violations.append("inode \(ino): \(whole.count) bytes of \(size)")
    }
    let piece: UInt64 = 5000
    var offset: UInt64 = 0
    while offset < min(size, 4 * piece) {
      let end = min(size, contentsLimit, offset + piece)
      guard offset < end else { break }
      let part = read(ino, offset..<end)
      if let whole, part != Array(whole[Int(offset)..<Int(end)]) {
        violations.append("inode \(ino): other bytes at \(offset) when read in pieces")
      }
      offset = end
    }
    if let beyond = read(ino, size..<size + 10), !beyond.isEmpty {
      violations.append("inode \(ino): bytes after the end")
    }
    byteCount += whole?.count ?? 0
  }

  /// The bytes, or nil where they are damaged.
  private mutating func read(_ ino: UInt32, _ range: Range<UInt64>) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0xA5, count: Int(range.upperBound - range.lowerBound))
    var span = buffer.mutableSpan
    do throws(JFFS2Error) {
      let count = try volume.read(ino, at: range.lowerBound, into: &span)
      return Array(buffer[..<count])
    } catch {
      errorCount += 1
      if case .damaged(let damage) = error, !damage.range.overlaps(range) {
        violations.append("inode \(ino): \(damage) is not in what was read, \(range)")
      }
      return nil
    }
  }

  private mutating func check(holesOf ino: UInt32, size: UInt64) throws(JFFS2Error) {
    var offset: UInt64 = 0
    for _ in 0..<1000 {
      guard let data = try volume.nextData(ino, from: offset) else { return }
      guard data >= offset, data < size, let hole = try volume.nextHole(ino, from: data),
        hole > data, hole <= size
      else {
        violations.append("inode \(ino): data and holes do not follow each other at \(offset)")
        return
      }
      offset = hole
      if offset == size { return }
    }
  }

  /// A file's link count is the number of names that lead to it from anywhere, so at least those found by the walk. Not where one of them
  /// calls it a directory: then it is that parent's number, or 0 if the parent was removed. Names that no directory shows do so, too.
  private mutating func checkLinkCounts() {
    guard volume.statistics.impossibleNameCount == 0 else { return }
    for (ino, names) in linkCounts {
      guard let attributes = try? volume.attributes(of: ino), !attributes.isDirectory else {
        continue
      }
      if attributes.linkCount < names, attributes.linkCount > 0, !calledDirectory.contains(ino) {
        violations.append("inode \(ino): \(attributes.linkCount) links, but \(names) names")
      }
    }
  }
}
