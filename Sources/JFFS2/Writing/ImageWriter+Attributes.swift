extension ImageWriter {
  /// Writes a file's extended attributes: each value once, and a link to it.
  mutating func writeAttributes(
    of file: UInt32, _ ino: UInt32, _ output: Output
  ) throws(Source.Failure) {
    let dialect = format.dialect
    for attribute in tree.attributes[file] ?? [] {
      let xid: UInt32
      if let known = xids[attribute] {
        xid = known
      } else {
        xid = UInt32(xids.count + 1)
        xids[attribute] = xid
        try write(attribute, xid, output)
      }
      let link = RawXref(ino: ino, xid: xid, sequence: nextXrefSequence)
      nextXrefSequence += 2
      try append(.xref, length: RawXref.size, output) { link.encode(into: &$0, dialect) }
    }
  }

  private mutating func write(
    _ attribute: FileTree.Attribute, _ xid: UInt32, _ output: Output
  ) throws(Source.Failure) {
    let dialect = format.dialect
    let payload = attribute.name + [0] + attribute.storedValue(dialect.endianness)
    let node = RawXattr(
      xid: xid, version: 1, prefix: attribute.namespace.rawValue,
      nameLength: UInt8(attribute.name.count),
      valueLength: UInt16(payload.count - attribute.name.count - 1),
      dataCRC: jffs2CRC(payload.span))
    try append(.xattr, length: RawXattr.size + payload.count, output) { bytes in
      node.encode(into: &bytes, dialect)
      var target = bytes.part(RawXattr.size..<RawXattr.size + payload.count)
      target.copy(from: payload.span)
    }
  }
}

extension FileTree.Attribute {
  /// An attribute as getxattr(2) gives it; nil for one that JFFS2 cannot store.
  package init?(fullName: [UInt8], value: [UInt8]) {
    guard let namespace = XattrNamespace(ofName: fullName) else { return nil }
    self.init(
      namespace: namespace, name: Array(fullName.dropFirst(namespace.prefix.utf8.count)),
      value: value)
    guard !name.contains(0), name.count <= 255 else { return nil }
    if namespace.isACL, ACL.stored(value.span, .little) == nil { return nil }
    guard storedValue(.little).count <= UInt16.max else { return nil }
  }

  /// The name with its namespace.
  package var fullName: [UInt8] { namespace.fullName(name) }

  /// The bytes of the node.
  package var nodeLength: Int { RawXattr.size + name.count + 1 + storedValue(.little).count + 3 }

  fileprivate func storedValue(_ endianness: Endianness) -> [UInt8] {
    namespace.isACL ? ACL.stored(value.span, endianness) ?? [] : value
  }
}

extension DeviceNumber {
  /// The payload of a device's node, as the driver writes it: two bytes if they are enough.
  func stored(_ endianness: Endianness) -> [UInt8] {
    let isShort = major < 256 && minor < 256
    var bytes = [UInt8](repeating: 0, count: isShort ? 2 : 4)
    var span = bytes.mutableSpan
    if isShort {
      span.set(UInt16(major << 8 | minor), at: 0, endianness)
    } else {
      span.set((minor & 0xFF) | major << 8 | (minor & ~0xFF) << 12, at: 0, endianness)
    }
    return bytes
  }
}
