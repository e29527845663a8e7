internal import CLinux
internal import JFFS2
internal import SystemPackage

/// Gives what was made in the target the attributes that it has in the image.
struct AttributeWriter: Sendable {
  /// The file that receives the attributes.
  struct Subject {
    /// An open directory, with a name in it, or the open file itself.
    let descriptor: Int32
    /// ``DirectoryHandle/itself`` for the open file.
    var name: [UInt8] = DirectoryHandle.itself
    /// For messages.
    let path: [UInt8]
  }

  let keepsOwners: Bool
  let record: ExtractionLog

  /// Sets owner, extended attributes, permissions and times, in the order in which none of them spoils another.
  ///
  /// Attributes that give a program its owner's rights, or more, are omitted if the owner differs from that in the image: set-user-ID,
  /// set-group-ID, file capabilities, and all else that the namespaces `security` and `trusted` hold.
  func apply(
    _ attributes: InodeAttributes, _ volume: Volume, to subject: Subject
  ) {
    let (descriptor, name) = (subject.descriptor, subject.name)
    let isOwned =
      keepsOwners
      && keep(
        .owner, subject,
        clinux_set_owner(
          descriptor, name.span, UInt32(attributes.uid), UInt32(attributes.gid)))
    if volume.hasXattrs { applyXattrs(of: attributes.ino, volume, to: subject, isOwned: isOwned) }
    if FileType(mode: attributes.mode) != .symbolicLink {
      let mode = UInt32(attributes.mode) & (isOwned ? 0o7777 : 0o1777)
      _ = keep(.permissions, subject, clinux_set_mode(descriptor, name.span, mode))
    }
    _ = keep(
      .times, subject,
      clinux_set_times(
        descriptor, name.span, Int64(attributes.accessTime), Int64(attributes.modificationTime)))
  }

  private func applyXattrs(
    of ino: UInt32, _ volume: Volume, to subject: Subject, isOwned: Bool
  ) {
    do throws(JFFS2Error) {
      for xattr in try volume.xattrs(of: ino) where isOwned || !xattr.isPrivileged {
        // An empty access control list is none.
        guard let value = try volume.value(of: xattr, ino: ino) else { continue }
        let result = clinux_set_xattr(
          subject.descriptor, subject.name.span, xattr.name.span,
          (value.isEmpty ? [0] : value).span, value.isEmpty)
        guard keep(.xattrs, subject, result) else { return }
      }
    } catch {
      record.cannotKeep(.xattrs, subject.path, "\(error)")
    }
  }

  /// - Returns: Whether the attribute was set.
  private func keep(
    _ attribute: ExtractionLog.Attribute, _ subject: Subject, _ result: Int32
  ) -> Bool {
    guard result < 0 else { return true }
    let error = Errno(rawValue: -result)
    switch error {
    case .noSpace, .diskQuotaExceeded, .ioError:
      record.fail(subject.path, "\(attribute.rawValue): \(error)")
    default: record.cannotKeep(attribute, subject.path, "\(error)")
    }
    return false
  }
}
