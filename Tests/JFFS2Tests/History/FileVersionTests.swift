import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `Versions of a file` {
  @Test func `each save is a version, and the current one is the last`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.truncate(version: 1, time: 100)
    files.save(version: 2, "one", time: 100)
    files.truncate(version: 3, time: 200)
    files.save(version: 4, "second", time: 200)
    #expect(try files.history().shown() == ["f/001: one", "f/002: second"])
  }

  @Test func `a file that was saved once has none`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.truncate(version: 1, time: 100)
    files.save(version: 2, "one", time: 100)
    #expect(try files.history().shown() == [])
  }

  @Test func `nodes of one save are one version`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    for page in 0..<3 as Range<UInt32> {
      files.save(version: page + 1, "\(page)", time: 100 + page, at: page)
    }
    files.save(version: 4, "x", time: 106, at: 3)
    #expect(try files.history().shown() == ["f/001: 012", "f/002: 012x"])
  }

  @Test func `obsolete nodes count`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "old", time: 100, flaws: [.obsolete])
    files.truncate(version: 2, time: 200, flaws: [.obsolete])
    files.save(version: 3, "new!", time: 200)
    #expect(try files.history().shown() == ["f/001: old", "f/002: new!"])
  }

  @Test func `a version is partial if a number before it is missing`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "aa", time: 100)
    files.save(version: 3, "bb", time: 200, at: 2, fileSize: 4)
    files.truncate(version: 4, time: 300)
    files.save(version: 5, "now", time: 300)
    let history = try files.history()
    // What followed the first one is missing, so that save may have been longer.
    #expect(
      try history.shown() == ["f/001.partial: aa", "f/002.partial: aabb", "f/003: now"])
    let tree = try history.tree()
    let ino = try #require(tree.inode(of: [Array("f".utf8)], version: 2))
    #expect(try tree.volume.missingRanges(of: ino) == [0..<2])
    #expect(try tree.volume.xattr("user.jffs2.missing", of: ino) == Array("0-1".utf8))
    #expect(try tree.volume.xattr("user.jffs2.complete", of: ino) == Array("no".utf8))
    #expect(try tree.volume.xattr("user.jffs2.version", of: ino) == Array("3".utf8))
    #expect(try tree.volume.xattr("user.jffs2.inode", of: ino) == Array("2".utf8))
  }

  @Test func `what no node holds cannot be read, or reads as zeros`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 5, "tail", time: 100, at: 2)
    files.truncate(version: 6, time: 200)
    files.save(version: 7, "new", time: 200)
    #expect(try files.history().shown() == ["f/001.partial: unreadable", "f/002: new"])
    let zeroing = try History(Volume(files.image, Volume.Options(damagePolicy: .zero)))
    #expect(try zeroing.shown() == ["f/001.partial: \0\0tail", "f/002: new"])
  }

  @Test func `damage of a version has the number of its file`() throws {
    var files = SavedFiles()
    files.name("f", 7, version: 1, time: 100)
    files.save(7, version: 5, "tail", time: 100, at: 2)
    files.image.addInode(
      7, version: 6, times: (200, 200, 200), payload: [1, 2, 3], size: 9, compression: .zlib)
    files.truncate(7, version: 7, time: 300)
    files.save(7, version: 8, "new", time: 300)
    let tree = try files.history().tree()
    for (version, message) in [
      (1, "inode 7, bytes 0 to 2: no node contains these bytes"),
      (2, "inode 7, bytes 0 to 9, node at 0x80: compressed data is too short"),
    ] {
      let ino = try #require(tree.inode(of: [Array("f".utf8)], version: version))
      #expect(ino != 7)
      let error = #expect(throws: JFFS2Error.self) { try tree.volume.contents(of: ino) }
      #expect(error.map { "\($0)" } == message)
    }
  }

  @Test func `a write after the end leaves a hole`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "ab", time: 100)
    files.save(version: 2, "d", time: 200, at: 3)
    files.truncate(version: 3, time: 300)
    #expect(try files.history().shown() == ["f/001: ab", "f/002: ab\0d", "f/003: "])
  }

  @Test func `a node with a wrong data CRC is as if it were missing`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "aaaa", time: 100)
    files.save(version: 2, "bb", time: 200, fileSize: 4, flaws: [.dataCRC])
    files.save(version: 3, "c", time: 300, at: 3)
    files.truncate(version: 4, time: 400)
    let shown = try files.history().shown()
    #expect(shown == ["f/001.partial: aaaa", "f/002.partial: aaac", "f/003: "])
  }

  @Test func `copies by garbage collection are one write`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "one", time: 100, flaws: [.dataCRC])
    files.save(version: 1, "one", time: 100)
    files.save(version: 1, "one", time: 100)
    files.truncate(version: 2, time: 200)
    files.save(version: 3, "two", time: 200)
    #expect(try files.history().shown() == ["f/001: one", "f/002: two"])
  }

  @Test func `other attributes are a version`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "one", time: 100)
    files.image.addInode(2, version: 2, mode: 0o100600, fileSize: 3, times: (100, 100, 200))
    let history = try files.history()
    #expect(history.versions.map(\.changesContents) == [true, false])
    let tree = try history.tree().volume
    let first = try #require(try tree.ino("f/001"))
    let second = try #require(try tree.ino("f/002"))
    #expect(try tree.attributes(of: first).mode == 0o100644)
    #expect(try tree.attributes(of: second).mode == 0o100600)
    #expect(try tree.attributes(of: second).changeTime == 200)
  }

  @Test func `a symbolic link has versions`() throws {
    var files = SavedFiles()
    files.name("l", 2, version: 1, time: 100, type: 10)
    files.save(version: 1, "/etc", time: 100, mode: 0o120777)
    files.name("l", 3, version: 2, time: 200, type: 10)
    files.save(3, version: 1, "/var", time: 200, mode: 0o120777)
    let tree = try files.history().tree().volume
    let first = try #require(try tree.ino("l/001"))
    #expect(try tree.target(ofSymbolicLink: first) == Array("/etc".utf8))
  }

  @Test func `a directory has the time of the newest version in it`() throws {
    var files = SavedFiles()
    files.name("d", 3, version: 1, time: 50, type: 4)
    files.image.addInode(3, version: 1, mode: 0o040750, uid: 7, times: (50, 50, 50))
    files.name("f", 2, version: 1, time: 100, parent: 3)
    files.save(version: 1, "one", time: 100)
    files.truncate(version: 2, time: 200)
    let tree = try files.history().tree().volume
    for path in ["", "d", "d/f"] {
      let ino = try #require(try tree.ino(path))
      #expect(try tree.attributes(of: ino).modificationTime == 200)
    }
    let directory = try tree.attributes(of: try #require(try tree.ino("d/f")))
    #expect(directory.mode == 0o040750 && directory.uid == 7)
  }

  @Test func `a history of one path has all versions of it`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 100)
    files.save(version: 1, "first", time: 100)
    files.name("b", 2, version: 2, time: 200)
    files.name("a", 3, version: 3, time: 200)
    files.save(3, version: 1, "other", time: 200)
    files.save(version: 2, "second", time: 300)
    files.name("c", 4, version: 4, time: 300)
    files.save(4, version: 1, "apart", time: 300)
    let images = try (AnsweredImage.fixtures + AnsweredImage.histories).map {
      let flash = try FlashImage(bytes: $0.bytes())
      return try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    }
    var lost = SavedFiles()
    lost.name("lost+found", 2, version: 1, time: 100, type: 4)
    lost.name("#9", 3, version: 1, time: 100, parent: 2)
    lost.save(3, version: 1, "named", time: 100)
    lost.save(9, version: 1, "lost", time: 100)
    for volume in try [Volume(files.image), Volume(lost.image)] + images {
      let all = try History(volume)
      let shown = try all.shown()
      for path in (0..<all.pathCount).filter({ !all.versions(ofPath: $0).isEmpty }).prefix(20) {
        let names = all.names(ofPath: path)
        let limited = try History(volume, of: [names])
        let index = try #require(limited.index(ofPath: names))
        #expect(
          limited.versions(ofPath: index).map(\.version)
            == all.versions(ofPath: path).map(\.version))
        let prefix = names.map { String(decoding: $0, as: UTF8.self) + "/" }.joined()
        #expect(
          try limited.shown().filter { $0.hasPrefix(prefix) }
            == shown.filter { $0.hasPrefix(prefix) }
        )
      }
    }
    let limited = try History(Volume(files.image), of: [[Array("c".utf8)]])
    #expect(limited.versions.map(\.ino) == [4])
    let unknown = try History(Volume(files.image), of: [[Array("d".utf8)]])
    #expect(unknown.versions.count == 4)
  }
}
