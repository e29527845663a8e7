import CLinux
import Glibc
import Storage
import SystemPackage

extension Unmounting {
  /// `jffs2fuse --unmount`: unmounts one of our mounts, also one whose program is gone.
  static func clear(_ path: FilePath) throws(StartupFailure) {
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else {
      throw StartupFailure("\(path): \(systemMessage(-opened))", .mountFailed)
    }
    let descriptor = Descriptor(opened)
    let mountpoint = try Mountpoint.resolve(descriptor, named: path)
    let isStale = clinux_is_disconnected(descriptor.number) != 0
    // Open, it would keep the mount busy.
    close(descriptor.release())
    let before = MountTable.current()
    guard let mounted = before.top(at: mountpoint), mounted.type == "fuse.jffs2fuse" else {
      throw StartupFailure("\(path): not a jffs2fuse mount", .mountFailed)
    }
    let result = unmount(mountpoint, lazy: isStale)
    let after = MountTable.current()
    guard after.top(at: mountpoint) == mounted else {
      RuntimeFolder.remove(mountpoint)
      return
    }
    let reason =
      switch result {
      case .failed(let text): text
      case _ where geteuid() != 0 && mounted.owner.map { $0 != getuid() } == true:
        "mounted by \(userName(mounted.owner ?? 0)); only they and root may unmount it"
      default: "in use; close what is open there (fuser -vm \(path.string.shellWord) lists it)"
      }
    throw StartupFailure("\(path): cannot unmount: \(reason)", .mountFailed)
  }

  /// What people call a user.
  private static func userName(_ number: UInt32) -> String {
    guard let entry = unsafe getpwuid(number), let name = unsafe entry.pointee.pw_name else {
      return "user \(number)"
    }
    return unsafe String(cString: name)
  }

  /// Unmounts a mount of ours whose program is gone, if it is of that source where one is named; without a path
  /// all those that the program made a folder for. What is alive stays, and so does what cannot be unmounted.
  static func clearStale(at path: FilePath?, source: String? = nil) {
    guard let path else {
      RuntimeFolder.root(environment: RuntimeFolder.environment).map { clearStale(in: $0) }
      return
    }
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else { return }
    let descriptor = Descriptor(opened)
    guard let mountpoint = try? Mountpoint.resolve(descriptor, named: path) else { return }
    // Open, it would keep the mount busy.
    close(descriptor.release())
    clearStale { $0.mountpoint == mountpoint && (source == nil || source == $0.source) }
  }

  /// The same for the mounts in a folder of our own, whose empty folders go as well.
  static func clearStale(in root: FilePath) {
    guard let real = unsafe root.withPlatformString({ unsafe realpath($0, nil) }) else { return }
    defer { unsafe free(real) }
    let folder = unsafe FilePath(platformString: real)
    clearStale { $0.mountpoint.removingLastComponent() == folder }
  }

  private static func clearStale(where isWanted: (MountTable.Entry) -> Bool) {
    let table = MountTable.current()
    for entry in table.entries where entry.type == "fuse.jffs2fuse" && isWanted(entry) {
      guard table.top(at: entry.mountpoint) == entry, isDisconnected(entry.mountpoint),
        unmount(entry.mountpoint, lazy: true) == .done
      else { continue }
      StandardStream.error.write(
        Log.line("\(entry.mountpoint): cleared a mount whose program was gone", level: .notice)
          + "\n")
      RuntimeFolder.remove(entry.mountpoint)
    }
  }

  /// Whether the program that served this mount is gone; false where that cannot be seen.
  static func isDisconnected(_ mountpoint: FilePath) -> Bool {
    let opened = unsafe mountpoint.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else { return false }
    let descriptor = Descriptor(opened)
    return clinux_is_disconnected(descriptor.number) != 0
  }
}
