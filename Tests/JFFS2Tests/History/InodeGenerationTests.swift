import JFFS2
import TestSupport
import Testing

@Suite struct `An inode number that several files have borne` {
  @Test func `distinguishes them`() throws {
    var files = SavedFiles()
    for (version, time) in [(1, 100), (2, 500)] as [(UInt32, UInt32)] {
      files.name(
        "f\(version)", 2, version: version, time: time, flaws: version == 1 ? [.obsolete] : [])
      for node in 1...3 as ClosedRange<UInt32> {
        files.save(
          version: node, "\(time + node)", time: time + 10 * node, at: 3 * (node - 1),
          flaws: version == 1 || node == 4 ? [.obsolete] : [])
      }
    }
    #expect(
      try files.history().shown() == [
        "f1/001: 101", "f1/002: 101102", "f1/003: 101102103",
        "f2/001: 501", "f2/002: 501502", "f2/003: 501502503",
      ])
  }

  @Test func `is not continued by obsolete nodes after the live ones`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 9, time: 500)
    files.save(version: 1, "now", time: 500)
    files.save(version: 7, "then", time: 100, flaws: [.obsolete])
    let history = try files.history()
    #expect(try history.shown().last == "f/002: now")
    #expect(try history.shown().first == "f/001: then")
  }

  @Test func `a branch that ended with a restart stays under the name`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "start", time: 100, flaws: [.obsolete])
    for (time, flaws) in [(200, [.obsolete]), (900, [])] as [(UInt32, Set<ImageBuilder.Flaw>)] {
      files.truncate(version: 2, time: time, flaws: [.obsolete])
      files.save(version: 3, "at \(time)", time: time, flaws: flaws)
    }
    let history = try files.history()
    #expect(try history.shown() == ["f/001: start", "f/002: at 200", "f/003: at 900"])
    #expect(history.happened == ["created f 1", "written f 2", "written f 3"])
  }

  @Test func `two live nodes of one version are one file, as for the driver`() throws {
    var files = SavedFiles()
    files.name("f", 2, version: 1, time: 100)
    files.save(version: 1, "first", time: 100)
    files.save(version: 1, "again", time: 100)
    files.truncate(version: 2, time: 200)
    #expect(try files.history().shown() == ["f/001: again", "f/002: "])
  }

  @Test func `a node of a reused number goes to the file whose times do not run backwards with it`()
    throws
  {
    var files = SavedFiles()
    files.name("a", 3, version: 1, time: 1000, flaws: [.obsolete])
    files.save(3, version: 1, "A", time: 1000, flaws: [.obsolete])
    files.save(3, version: 2, "a", time: 2000, at: 1, flaws: [.obsolete])
    files.name("a", 0, version: 2, time: 2100)
    files.name("b", 3, version: 3, time: 2200, flaws: [.obsolete])
    files.save(3, version: 1, "B", time: 2200, flaws: [.obsolete])
    files.name("b", 0, version: 4, time: 3000)
    let history = try files.history()
    #expect(try history.shown() == ["a/001: A", "a/002: Aa", "b/001: B"])
    #expect(history.isClockSteady)
  }

  @Test(arguments: [false, true])
  func `a file and a directory of one number are two`(isDirectoryFirst: Bool) throws {
    var files = SavedFiles()
    let (first, second): (UInt32, UInt32) = isDirectoryFirst ? (200, 100) : (100, 200)
    files.image.addInode(
      3, version: 1, mode: 0o040755, times: (second, second, second),
      flaws: isDirectoryFirst ? [.obsolete] : [])
    if isDirectoryFirst {
      files.name("d", 3, version: 1, time: 100, type: 4, flaws: [.obsolete])
      files.name("d", 0, version: 2, time: 150)
      files.name("a", 3, version: 3, time: 200)
    } else {
      files.name("a", 3, version: 1, time: 100, flaws: [.obsolete])
      files.name("a", 0, version: 2, time: 150)
      files.name("d", 3, version: 3, time: 200, type: 4)
    }
    files.save(3, version: 1, "file", time: first, flaws: isDirectoryFirst ? [] : [.obsolete])
    let history = try files.history()
    #expect(
      history.happened
        == (isDirectoryFirst
          ? ["created d", "deleted d", "created a 1"]
          : ["created a 1", "deleted a 1", "created d"]))
    #expect(try history.shown() == (isDirectoryFirst ? [] : ["a/001: file"]))
  }
}
