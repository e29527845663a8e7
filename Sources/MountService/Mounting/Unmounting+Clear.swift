import CLinux
import Glibc
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
      default: "in use; close what is open there (fuser -vm \(Mountpoint.quoted(path)) lists it)"
      }
    throw StartupFailure("\(path): cannot unmount: \(reason)", .mountFailed)
  }
}
