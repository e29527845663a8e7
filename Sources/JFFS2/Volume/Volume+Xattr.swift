/// An extended attribute, with its namespace in its name.
public struct Xattr: Equatable, Sendable {
  /// The bytes of the name, such as `user.comment`.
  public let name: [UInt8]
  let namespace: XattrNamespace
  /// The bytes as stored.
  let stored: [UInt8]

  /// Whether only a process with CAP_SYS_ADMIN may list or read it.
  public var isTrusted: Bool { namespace == .trusted }

  /// Whether the system itself goes by it, as by file capabilities: the namespaces `security` and `trusted`.
  public var isPrivileged: Bool { namespace.isPrivileged }
}

extension Volume {
  /// An inode's extended attributes; those whose data CRC is wrong are absent, as for the driver.
  public func xattrs(of ino: UInt32) throws(JFFS2Error) -> [Xattr] {
    if let version = versionTable?.version(ino) { return try xattrs(of: version, ino) }
    guard !xattrs.isEmpty else { return [] }
    var found: [Xattr] = []
    var names: Set<[UInt8]> = []
    for datum in xattrs.data(of: ino) {
      guard let xattr = try load(datum), names.insert(xattr.name).inserted else { continue }
      found.append(xattr)
    }
    return found
  }

  /// The value as getxattr(2) gives it: an access control list in Linux's form, anything else as stored.
  ///
  /// - Returns: nil where there is no such attribute, or an access control list is empty.
  /// - Throws: ``JFFS2Error/malformedACL(ino:)`` where the driver answers EINVAL.
  public func xattr(_ name: Span<UInt8>, of ino: UInt32) throws(JFFS2Error) -> [UInt8]? {
    let found = try xattrs(of: ino).first { compareBytes($0.name.span, name) == 0 }
    return try found.flatMap { xattr throws(JFFS2Error) in try value(of: xattr, ino: ino) }
  }

  /// The value of one of an inode's attributes, as ``xattr(_:of:)`` gives it.
  public func value(of xattr: Xattr, ino: UInt32) throws(JFFS2Error) -> [UInt8]? {
    guard xattr.namespace.isACL else { return xattr.stored }
    guard let list = ACL.converted(xattr.stored.span, dialect.endianness) else {
      throw .malformedACL(ino: ino)
    }
    return list.isEmpty ? nil : list
  }

  /// Whether a datum's CRC is right.
  func hasGoodData(_ datum: XattrDatum) throws(JFFS2Error) -> Bool {
    let payload = try payload(of: datum)
    return jffs2CRC(payload.span) == datum.raw.dataCRC
  }

  /// Name, separator and value.
  private func payload(of datum: XattrDatum) throws(JFFS2Error) -> [UInt8] {
    // The node's padded length was found to agree with these lengths, and the node to end inside the range.
    var payload = try range.bytes(
      at: datum.flashOffset + UInt32(RawXattr.size), count: datum.raw.payloadLength)
    // As in `do_load_xattr_datum`: the byte between name and value counts as a NUL, for the CRC too.
    payload[Int(datum.raw.nameLength)] = 0
    return payload
  }

  private func load(_ datum: XattrDatum) throws(JFFS2Error) -> Xattr? {
    let raw = datum.raw
    let payload = try payload(of: datum)
    guard jffs2CRC(payload.span) == raw.dataCRC else { return nil }
    let shortName = payload[..<Int(raw.nameLength)]
    guard let namespace = raw.namespace, !shortName.contains(0) else { return nil }
    return Xattr(
      name: namespace.fullName(shortName), namespace: namespace,
      stored: Array(payload[(Int(raw.nameLength) + 1)...]))
  }
}
