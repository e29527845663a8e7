package import FirmwareAccess
internal import CLinux
package import SystemPackage

/// A directory that is compared with a firmware or with another directory.
package final class DirectoryTree: ComparedTree {
  /// Open; closed at the end.
  package let descriptor: Int32
  let hasOwners: Bool

  /// Opens the directory; nil if the path leads to something else.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where it cannot be opened.
  package init?(opening path: FilePath) throws(ProgramError) {
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
        .rawValue
      hasOwners = clinux_is_own_directory(descriptor) == 0
    } catch {
      // The firmware's own message says why a file is missing.
      if let error = error as? Errno, error == .notDirectory || error == .noSuchFileOrDirectory {
        return nil
      }
      throw ProgramError("\(path): \(error)", .failure)
    }
  }

  deinit { try? FileDescriptor(rawValue: descriptor).close() }

  var hasRoot: Bool { false }

  var hasPrivilegedXattrs: Bool { false }

  func walk(
    from path: [UInt8]
  ) throws(ProgramError) -> (names: [[UInt8]], walk: any EntryWalk)? {
    let names = path.split(separator: UInt8(ascii: "/")).map(Array.init)
      .filter { $0 != [UInt8(ascii: ".")] }
    guard !names.contains(Array("..".utf8)) else {
      throw ProgramError("\(DisplayName.inMessages.text(path)): \"..\" is not allowed", .usage)
    }
    let start = TreePath.of(names)
    let bytes = start.bytes
    let error = Errno(rawValue: -clinux_status_below(descriptor, bytes.span).error)
    // What the system refuses to show may be there.
    if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
    return (names, DirectoryWalk(self, from: start))
  }

  func read(
    _ entry: ComparedEntry, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(EntryFault) -> Int {
    let file = try Self.check(clinux_open_file_below(descriptor, entry.path.bytes.span))
    defer { try? FileDescriptor(rawValue: file).close() }
    return buffer.isEmpty ? 0 : try Self.check(clinux_read_at(file, Int64(offset), &buffer))
  }

  static func check<Number: SignedInteger>(_ result: Number) throws(EntryFault) -> Number {
    guard result >= 0 else {
      throw EntryFault(reason: "\(Errno(rawValue: Int32(-result)))", isRefusal: true)
    }
    return result
  }
}
