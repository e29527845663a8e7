internal import JFFS2

/// The output of `diff --json`.
package struct DifferencesDocument: Encodable, Sendable {
  let changes: [Change]

  /// One path that differs.
  struct Change: Encodable, Sendable {
    /// In the new tree, or in the old one if it was removed; the root is `.`.
    let path: String
    let pathHex: String?
    /// Where a file was that was renamed.
    let oldPath: String?
    let oldPathHex: String?
    /// `added`, `removed`, `changed` or `renamed`.
    let change: String
    /// The names of the differences of a path that both trees have.
    let differences: [String]
    /// nil where the tree has nothing at the path.
    let old: Entry?
    let new: Entry?

    init(_ difference: Difference) {
      let bytes = difference.path.bytes
      (path, pathHex) = (bytes.text, bytes.hexUnlessText)
      let oldBytes = difference.change == .renamed ? difference.old?.path.bytes : nil
      (oldPath, oldPathHex) = (oldBytes?.text, oldBytes?.hexUnlessText)
      change = difference.change.rawValue
      differences = difference.aspects.map(\.rawValue)
      old = difference.old.map(Entry.init)
      new = difference.new.map(Entry.init)
    }
  }

  /// The entry of one tree at a path; the fields are those of `ls --json`.
  struct Entry: Encodable, Sendable {
    var type: String?
    var mode: String?
    var uid: UInt32?
    var gid: UInt32?
    /// The size of a regular file.
    var size: UInt64?
    var mtime: Int64?
    var target: String?
    var targetHex: String?
    var rdev: String?
    var xattrs: [String: String]?
    /// The parts that cannot be read.
    let damage: [String]?

    init(_ entry: ComparedEntry) {
      damage = entry.faults.isEmpty ? nil : entry.faults.map(\.reason)
      guard let attributes = entry.attributes else { return }
      type = attributes.typeName.split(separator: " ").joined(separator: "_")
      mode = "0o" + String(attributes.mode, radix: 8)
      (uid, gid, mtime) = (attributes.uid, attributes.gid, attributes.modificationTime)
      size = entry.isRegularFile ? attributes.size : nil
      (target, targetHex) = (attributes.target?.text, attributes.target?.hexUnlessText)
      rdev = attributes.device
      guard let found = attributes.xattrs, !found.isEmpty else { return }
      xattrs = Dictionary(
        found.map { ($0.key.text, $0.value.hex) }, uniquingKeysWith: { $1 })
    }
  }
}
