internal import JFFS2

/// The archive header of an entry.
struct ExportEntry {
  /// Whether the name is that of a separate file.
  enum Link {
    case none
    case symbolic(target: [UInt8])
    /// A further name of a file that the archive holds already.
    case hard(firstPath: [UInt8])
  }

  /// A line of an access control list, its numbers as getxattr(2) gives them.
  struct ACLEntry {
    let isDefault: Bool
    let tag: UInt16
    let permissions: UInt16
    let id: UInt32
  }

  /// From the root on, without a slash in front; `.` for the root.
  let path: [UInt8]
  let node: ImageTree.FileID
  let attributes: InodeAttributes
  var link = Link.none
  /// The bytes that follow.
  var size: UInt64 = 0
  /// The data ranges; nil if there are no holes, or the format does not support them.
  var dataRanges: [Range<UInt64>]?
  /// Names with their namespace, and values.
  var xattrs: [(name: [UInt8], value: [UInt8])] = []
  var acl: [ACLEntry] = []

  init(path: [UInt8], node: ImageTree.FileID, attributes: InodeAttributes) {
    self.path = path
    self.node = node
    self.attributes = attributes
  }

  /// Takes over an attribute as getxattr(2) gives it; a list of the form that a kernel gives is kept line by line.
  mutating func addXattr(_ name: [UInt8], _ value: [UInt8]) {
    guard let namespace = XattrNamespace(ofName: name), namespace.isACL else {
      xattrs.append((name, value))
      return
    }
    for start in stride(from: 4, through: value.count - 8, by: 8) {
      let fields = value[start..<start + 8].map(UInt32.init)
      acl.append(
        ACLEntry(
          isDefault: namespace == .defaultACL, tag: UInt16(fields[0] | fields[1] << 8),
          permissions: UInt16(fields[2] | fields[3] << 8),
          id: fields[4] | fields[5] << 8 | fields[6] << 16 | fields[7] << 24))
    }
  }

  /// Whether all names are UTF-8.
  var isText: Bool {
    guard path.hexUnlessText == nil else { return false }
    return switch link {
    case .none: true
    case .symbolic(let target): target.hexUnlessText == nil
    case .hard(let first): first.hexUnlessText == nil
    }
  }
}
