import CLinux
import FirmwareAccess
import Glibc
import Storage
import Support
import SystemPackage

extension Unmounter {
  /// `jffs2fuse --unmount`: unmounts one of our mounts, also one whose program is gone.
  static func clear(_ path: FilePath) throws(ProgramError) {
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else {
      throw ProgramError("\(path): \(systemMessage(-opened))", .mountFailed)
    }
    let descriptor = OwnedDescriptor(opened)
    let mountpoint = try Mountpoint.resolve(descriptor, named: path)
    // Open, it would keep the mount busy.
    close(descriptor.release())
    guard let mounted = MountTable.current().top(at: mountpoint), mounted.type == "fuse.jffs2fuse"
    else {
      throw ProgramError("\(path): not a jffs2fuse mount\(hint(mountpoint))", .mountFailed)
    }
    // This asks nothing of its program, which may not answer.
    var result = unmount(mountpoint, lazy: false)
    var status = MountProbe.Status.alive
    var isMounted: Bool { MountTable.current().top(at: mountpoint) == mounted }
    if isMounted {
      status = MountProbe.status(of: mountpoint)
      if status == .dead { result = unmount(mountpoint, lazy: true) }
    }
    let isOfOtherUser = geteuid() != 0 && mounted.owner.map { $0 != getuid() } == true
    // A program that was just ended or unmounted, such as squashfuse on a file of this mount, may need a moment to close its files.
    var attempts = 10
    while attempts > 0, status == .alive, !isOfOtherUser, isMounted {
      usleep(100_000)
      result = unmount(mountpoint, lazy: false)
      attempts -= 1
    }
    guard isMounted else {
      RuntimeDirectory.remove(mountpoint)
      return
    }
    let reason =
      switch result {
      case .failed(let text): text
      case _ where isOfOtherUser:
        "mounted by \(userName(mounted.owner ?? 0)); only this user and root can unmount it"
      case _ where status == .unresponsive:
        "in use, and its program does not respond; end the program"
      default:
        "in use; close its files, and leave it in shells "
          + "(listed by fuser -vm \(path.string.shellQuoted))"
      }
    throw ProgramError("\(path): cannot unmount: \(reason)", .mountFailed)
  }

  /// The mounts of a firmware that is given in place of a mountpoint.
  private static func hint(_ firmware: FilePath) -> String {
    MountTable.current().entries.last {
      $0.type == "fuse.jffs2fuse" && $0.source == firmware.string
    }.map { "; it is mounted at \($0.mountpoint)" } ?? ""
  }

  /// The name of a user.
  static func userName(_ number: UInt32) -> String {
    guard let entry = unsafe getpwuid(number), let name = unsafe entry.pointee.pw_name else {
      return "user \(number)"
    }
    return unsafe String(cString: name)
  }

  /// Unmounts a mount of ours whose program is gone, if it is of that source where one is named; without a path
  /// all those that the program made a directory for. What is alive stays, and so does what cannot be unmounted.
  ///
  /// - Returns: The statuses of those that are still there.
  @discardableResult
  static func clearStale(
    at path: FilePath?, source: String? = nil
  ) -> [FilePath: MountProbe.Status] {
    guard let path else {
      return RuntimeDirectory.root(environment: RuntimeDirectory.environment)
        .map { clearStale(in: $0) } ?? [:]
    }
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else { return [:] }
    let descriptor = OwnedDescriptor(opened)
    guard let mountpoint = try? Mountpoint.resolve(descriptor, named: path) else { return [:] }
    // Open, it would keep the mount busy.
    close(descriptor.release())
    return clearStale { $0.mountpoint == mountpoint && (source == nil || source == $0.source) }
  }

  /// The same for the mounts in a separate directory, whose empty directories go as well.
  @discardableResult
  static func clearStale(in root: FilePath) -> [FilePath: MountProbe.Status] {
    guard let real = unsafe root.withPlatformString({ unsafe realpath($0, nil) }) else {
      return [:]
    }
    defer { unsafe free(real) }
    let directory = unsafe FilePath(platformString: real)
    return clearStale { $0.mountpoint.removingLastComponent() == directory }
  }

  @discardableResult
  private static func clearStale(
    where isWanted: (MountTable.Entry) -> Bool
  ) -> [FilePath: MountProbe.Status] {
    let table = MountTable.current()
    let mounted = table.entries.filter {
      $0.type == "fuse.jffs2fuse" && isWanted($0) && table.top(at: $0.mountpoint) == $0
    }
    let statuses = MountProbe.statuses(of: mounted.map(\.mountpoint))
    var left: [FilePath: MountProbe.Status] = [:]
    for (entry, status) in zip(mounted, statuses) {
      guard status == .dead, unmount(entry.mountpoint, lazy: true) == .done else {
        left[entry.mountpoint] = status
        continue
      }
      StandardStream.error.write(
        Log.line("\(entry.mountpoint): cleared a dead mount", level: .notice)
          + "\n")
      RuntimeDirectory.remove(entry.mountpoint)
    }
    return left
  }
}
