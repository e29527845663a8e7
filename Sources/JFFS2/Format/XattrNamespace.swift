/// The namespace of an extended attribute. On disk: `xprefix`.
package enum XattrNamespace: UInt8, CaseIterable, Sendable {
  case user = 1
  case security = 2
  /// The access control list of a file.
  case accessACL = 3
  /// The access control list that new files in a directory get.
  case defaultACL = 4
  case trusted = 5

  /// How names begin in getxattr(2); the whole name of an access control list, which JFFS2 stores without one.
  package var prefix: String {
    switch self {
    case .user: "user."
    case .security: "security."
    case .accessACL: "system.posix_acl_access"
    case .defaultACL: "system.posix_acl_default"
    case .trusted: "trusted."
    }
  }

  /// Whether values are access control lists, which JFFS2 stores in another form than getxattr(2) gives them.
  package var isACL: Bool { self == .accessACL || self == .defaultACL }

  /// Whether the system itself goes by the attributes, as by file capabilities.
  package var isPrivileged: Bool { self == .security || self == .trusted }

  /// The name as getxattr(2) has it.
  ///
  /// - Parameter name: The name as stored.
  package func fullName(_ name: some Sequence<UInt8>) -> [UInt8] {
    Array(prefix.utf8) + (isACL ? [] : Array(name))
  }

  /// The namespace of a name as getxattr(2) has it; nil for one that JFFS2 cannot store.
  package init?(ofName name: some Sequence<UInt8>) {
    let found = Self.allCases.first { namespace in
      namespace.isACL
        ? name.elementsEqual(namespace.prefix.utf8) : name.starts(with: namespace.prefix.utf8)
    }
    guard let found else { return nil }
    self = found
  }
}
