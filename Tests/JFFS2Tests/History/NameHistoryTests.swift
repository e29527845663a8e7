import JFFS2
import TestSupport
import Testing

@Suite struct `Names over time` {
  @Test func `a path includes all files that it referred to`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(2, version: 1, "old", time: 100)
    files.name("f.tmp", 3, version: 2, time: 200)
    files.save(3, version: 1, "new", time: 200)
    files.name("f", 3, version: 3, time: 200)
    files.name("f.tmp", 0, version: 4, time: 200)
    let history = try files.history()
    #expect(try history.shown() == ["f.tmp/001: new", "f/001: old", "f/002: new"])
    #expect(history.happened == ["created f 1", "created f.tmp 1", "renamed f.tmp -> f 2"])
    #expect(try history.deleted() == [])
  }

  @Test func `a deleted file keeps its path`() throws {
    var files = SavedFiles()
    files.name("d", 3, version: 1, time: 10, type: 4)
    files.image.addInode(3, version: 1, mode: 0o040755)
    files.name("f", 2, version: 1, time: 100, parent: 3)
    files.save(version: 1, "gone", time: 100)
    files.name("f", 0, version: 2, time: 200, parent: 3)
    files.name("d", 0, version: 2, time: 300)
    let history = try files.history()
    #expect(try history.shown() == ["d/f/001: gone"])
    #expect(try history.deleted() == ["d/f: gone"])
    #expect(history.happened == ["created d", "created d/f 1", "deleted d/f 1", "deleted d"])
  }

  @Test func `on NOR flash an obsolete name without a successor is a deletion`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100, flaws: [.obsolete])
    files.save(version: 1, "gone", time: 100, flaws: [.obsolete])
    let history = try files.history()
    #expect(try history.deleted() == ["f: gone"])
    #expect(history.happened == ["created f 1", "deleted f 1"])
    #expect(Array(history.events()).last?.time == nil)
  }

  @Test func `on NOR flash an obsolete name is a renamed one if the file got another`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 100, flaws: [.obsolete])
    files.save(version: 1, "one", time: 100)
    files.name("b", 2, version: 2, time: 200)
    files.save(version: 2, "x", time: 300, at: 3)
    let history = try files.history()
    #expect(history.happened == ["created a 1", "renamed a -> b 1", "written b 2"])
    #expect(try history.shown() == ["a/001: one", "b/001: one", "b/002: onex"])
    #expect(try history.deleted() == [])
  }

  @Test func `a version belongs to the names that showed it`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 100)
    files.save(version: 1, "1", time: 100)
    files.save(version: 2, "2", time: 150, at: 1)
    files.name("b", 2, version: 2, time: 200)
    files.name("a", 0, version: 3, time: 200)
    files.save(version: 3, "3", time: 300, at: 2)
    let history = try files.history()
    #expect(
      try history.shown() == ["a/001: 1", "a/002: 12", "b/001: 12", "b/002: 123"])
    #expect(
      history.happened == ["created a 1", "written a 2", "renamed a -> b 1", "written b 2"])
  }

  @Test func `a rename shows no version if the clock was set back afterwards`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 100)
    files.save(version: 1, "1", time: 100)
    files.name("b", 2, version: 2, time: 200)
    files.name("a", 0, version: 3, time: 200)
    files.save(version: 2, "2", time: 300, at: 1)
    files.save(version: 3, "3", time: 150, at: 2)
    let history = try files.history()
    #expect(history.happened.contains("renamed a -> b"), "\(history.happened)")
  }

  @Test func `the deletion of one of two names shows what it had, and ends no versions`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "1", time: 100)
    files.name("g", 2, version: 2, time: 150)
    files.save(version: 2, "22", time: 180)
    files.name("g", 0, version: 3, time: 200)
    files.save(version: 3, "333", time: 300)
    let history = try files.history()
    #expect(
      history.happened == [
        "created f 1", "linked g 1", "written f 2", "written g 2", "deleted g 2", "written f 3",
      ])
    #expect(history.events().map(\.version?.size) == [1, 1, 2, 2, 2, 3])
  }

  @Test func `each listed version has an event`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 1000)
    files.save(version: 1, "1", time: 1000)
    files.name("b", 2, version: 2, time: 2000)
    files.save(version: 2, "2", time: 500, at: 1)
    files.name("a", 0, version: 3, time: 600)
    files.save(version: 3, "3", time: 300, at: 2)
    let history = try files.history()
    let listed = Set(try history.shown().map { String($0.prefix { $0 != ":" }) })
    let reported = history.events().compactMap { event -> String? in
      guard let number = event.number, event.kind != .deleted else { return nil }
      let names = history.names(ofPath: event.newPath ?? event.path)
      return String(decoding: names[0], as: UTF8.self) + "/00\(number)"
    }
    #expect(listed.isSubset(of: Set(reported)), "\(listed) \(reported)")
    #expect(Set(reported).count == reported.count, "\(reported)")
  }

  @Test func `where times fall back, all versions are listed under all names`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 1000)
    files.save(version: 1, "1", time: 1000)
    files.name("b", 2, version: 2, time: 2000)
    files.save(version: 2, "2", time: 10, at: 1)
    let history = try files.history()
    #expect(!history.isClockSteady)
    #expect(try history.shown() == ["a/001: 1", "a/002: 12", "b/001: 1", "b/002: 12"])
  }

  @Test func `a hard link shows the same versions`() throws {
    var files = SavedFiles()
    files.name("a", 2, version: 1, time: 100)
    files.save(version: 1, "1", time: 100)
    files.name("b", 2, version: 2, time: 200)
    files.save(version: 2, "2", time: 300, at: 1)
    let history = try files.history()
    #expect(history.happened == ["created a 1", "linked b 1", "written a 2", "written b 2"])
    #expect(try history.shown() == ["a/001: 1", "a/002: 12", "b/001: 1", "b/002: 12"])
  }

  @Test func `what has lost its names is in lost+found`() throws {
    var files = SavedFiles()
    files.save(7, version: 1, "orphan", time: 100)
    files.name("f", 8, version: 1, time: 100, parent: 9)
    files.save(8, version: 1, "in a lost directory", time: 100)
    let history = try files.history()
    #expect(
      try history.shown() == [
        "lost+found/#7/001: orphan", "lost+found/#9/f/001: in a lost directory",
      ])
    let mode = try history.tree().volume.attributes(
      of: try #require(try history.tree().volume.ino("lost+found"))
    ).mode
    #expect(mode == 0o040700)
  }

  @Test(arguments: [true, false])
  func `a directory is protected like all that had its path`(isLastKnown: Bool) throws {
    var files = SavedFiles()
    files.name("d", 2, version: 1, time: 100, type: 4)
    files.image.addInode(2, version: 1, mode: 0o040750, uid: 7, gid: 7)
    files.name("f", 3, version: 1, time: 110, parent: 2)
    files.save(3, version: 1, "secret", time: 110)
    files.name("f", 0, version: 2, time: 120, parent: 2)
    files.name("d", 0, version: 2, time: 130, type: 4)
    files.name("d", 4, version: 3, time: 200, type: 4)
    if isLastKnown { files.image.addInode(4, version: 1, mode: 0o040705, uid: 8, gid: 8) }
    files.name("g", 5, version: 1, time: 210, parent: 4)
    files.save(5, version: 1, "g", time: 210)
    let volume = try files.history().tree().volume
    let attributes = try volume.attributes(of: try #require(try volume.ino("d")))
    #expect(attributes.mode == (isLastKnown ? 0o040700 : 0o040750))
    #expect(attributes.uid == 0 && attributes.gid == 0)
  }

  @Test func `nested directories end in lost+found`() throws {
    var files = SavedFiles()
    files.name("a", 3, version: 1, parent: 4, type: 4)
    files.name("b", 4, version: 1, parent: 3, type: 4)
    files.name("self", 5, version: 1, parent: 5, type: 4)
    files.name("f", 2, version: 2, parent: 4)
    files.save(version: 1, "x", time: 100)
    let shown = try files.history().shown()
    #expect(shown.count == 1 && shown[0].hasPrefix("lost+found/#"))
  }

  @Test func `a name that was a file and a directory is both`() throws {
    var files = SavedFiles()
    files.name("x", 2, version: 1, time: 100)
    files.save(2, version: 1, "file", time: 100)
    files.name("x", 0, version: 2, time: 200)
    files.name("x", 3, version: 3, time: 300, type: 4)
    files.image.addInode(3, version: 1, mode: 0o040755, times: (300, 300, 300))
    files.name("001", 4, version: 1, time: 400, parent: 3)
    files.save(4, version: 1, "a", time: 400)
    files.save(4, version: 2, "b", time: 500, at: 1)
    let history = try files.history()
    #expect(try history.shown() == ["x/001: file", "x/001~/001: a", "x/001~/002: ab"])
  }

  @Test func `a name of which only the deletion is left was deleted`() throws {
    var files = SavedFiles()
    files.name("f", 0, version: 5, time: 100)
    let history = try files.history()
    #expect(history.happened == ["deleted f"])
    #expect(Array(history.events())[0].isLost)
  }

  @Test func `a name that was given after the clock was set back lists all versions`() throws {
    for directory: UInt32 in [1, 4] {
      var files = SavedFiles()
      files.image.addInode(4, version: 1, mode: 0o040755)
      files.name("d", 4, version: 1, time: 1000, type: 4)
      files.name("a", 3, version: 2, time: 1100)
      files.save(3, version: 1, "1", time: 1100)
      files.save(3, version: 2, "2", time: 1200)
      files.name("b", 3, version: 3, time: 10, parent: directory)
      files.name("a", 0, version: 4, time: 10)
      files.name("b", 0, version: 5, time: 280, parent: directory)
      let history = try files.history()
      let path = directory == 4 ? "d/b" : "b"
      #expect(!history.isClockSteady)
      #expect(
        try history.shown() == ["a/001: 1", "a/002: 2", "\(path)/001: 1", "\(path)/002: 2"])
    }
  }

  @Test func `the path of a deleted directory is its last name, regardless of times`() throws {
    var files = SavedFiles()
    files.image.addInode(2, version: 1, mode: 0o040755)
    files.name("d", 2, version: 1, time: 1000, type: 4)
    files.name("f", 3, version: 1, time: 1010, parent: 2)
    files.save(3, version: 1, "1", time: 1010)
    files.name("e", 2, version: 2, time: 100, type: 4)
    files.name("d", 0, version: 3, time: 100, type: 4)
    files.name("f", 0, version: 2, time: 300, parent: 2)
    files.name("e", 0, version: 4, time: 310, type: 4)
    #expect(try files.history().shown() == ["e/f/001: 1"])
  }

  @Test func `a write is an event of a name that the file lost and got again`() throws {
    var files = SavedFiles()
    files.name("b", 2, version: 1, time: 100)
    files.save(version: 1, "one", time: 100)
    files.name("a", 2, version: 2, time: 200)
    files.save(version: 2, "two", time: 300)
    files.name("a", 0, version: 3, time: 400)
    files.name("a", 2, version: 4, time: 500)
    files.name("b", 0, version: 5, time: 500)
    #expect(
      try files.history().happened == [
        "created b 1", "linked a 1", "written b 2", "written a 2", "deleted a 2",
        "renamed b -> a 2",
      ])
  }
}
