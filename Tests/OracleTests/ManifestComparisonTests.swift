import Foundation
import JFFS2
import TestSupport
import Testing

/// The comparison itself: it must be able to fail.
@Suite struct ManifestComparisonTests {
  private static let fields = [
    "mode", "uid", "gid", "size", "nlink", "inode", "mtime", "atime", "ctime", "blocks", "rdev",
    "target", "sha256", "xattrs", "path",
  ]

  @Test(arguments: fields)
  func `a change of any field is a difference`(field: String) throws {
    var changed = 0
    for image in DriverWrittenFixtureTests.images {
      var document = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: image.manifestFile))
          as? [String: Any])
      var entries = try #require(document["entries"] as? [[String: Any]])
      let last = entries.lastIndex { $0[field] != nil && $0["path_hex"] == nil }
      guard let index = last else { continue }
      switch entries[index][field] {
      case let number as Int: entries[index][field] = number + 1
      case let text as String: entries[index][field] = text + "0"
      default: entries[index][field] = ["user.other": "00"]
      }
      document["entries"] = entries
      let manifest = try Manifest(parsing: JSONSerialization.data(withJSONObject: document))
      let differences = try ManifestComparison(try image.volume(), with: manifest).differences
      #expect(differences.count == (field == "path" ? 2 : 1), "\(image): \(differences)")
      changed += 1
    }
    #expect(changed > 0)
  }

  @Test func `a path that is missing is a difference, and so is one too many`() throws {
    let image = try #require(DriverWrittenFixtureTests.images.first)
    let volume = try image.volume()
    let none = try Manifest(parsing: Data(#"{"erase_size": 65536, "entries": []}"#.utf8))
    #expect(
      try ManifestComparison(volume, with: none).differences.count
        == VolumeTree(volume).inos.count)
  }
}
