import CLinux
package import FirmwareAccess
import Glibc
package import SystemPackage

/// The functions with which the supervisor mounts and unmounts; tests replace it.
package protocol Mounter {
  /// Mounts and gives the /dev/fuse descriptor, which the caller closes.
  ///
  /// - Parameter source: The source shown in the mount table; nil if the options name it.
  mutating func mount(
    at mountpoint: FilePath, source: FilePath?, options: [String]
  ) throws(ProgramError) -> Int32

  /// The status of the mount.
  func state() -> MountState

  /// The current path of the mount, which may change if a directory above it is renamed; nil once it is unmounted.
  func currentMountpoint() -> FilePath?

  /// Tries to unmount what `mount` mounted, and nothing else.
  mutating func unmount(lazy: Bool) -> UnmountResult

  /// Unmounts what `mount` mounted, after its server has ended; nil if it no longer exists.
  mutating func unmountDead() -> UnmountResult?
}

package enum MountState: Equatable, Sendable {
  case mounted
  /// Something else was mounted over it, or over a directory above it, since.
  case covered
  case gone
}

package enum UnmountResult: Equatable, Sendable {
  case done
  case busy
  case covered
  case failed(String)
}

/// Mounts through libfuse, unmounts through umount2 or fusermount3.
package struct SystemMounter: Mounter {
  /// Mounts and gives the descriptor; options are unescaped.
  package typealias Mount = (
    _ mountpoint: FilePath, _ source: FilePath?, _ options: [String]
  ) throws(ProgramError) -> Int32

  private let mountFunction: Mount
  private var mounted: MountTable.Entry?

  package init(mount: @escaping Mount) { mountFunction = mount }

  package mutating func mount(
    at mountpoint: FilePath, source: FilePath?, options: [String]
  ) throws(ProgramError) -> Int32 {
    let before = MountTable.current().top(at: mountpoint)
    let descriptor = try mountFunction(mountpoint, source, options)
    mounted = MountTable.current().top(at: mountpoint)
    guard mounted != nil, mounted != before else {
      close(descriptor)
      _ = Unmounter.unmount(mountpoint, lazy: true)
      throw ProgramError(
        "\(mountpoint): mounted, but /proc/self/mountinfo does not show it", .mountFailed)
    }
    return descriptor
  }

  package func state() -> MountState {
    let table = MountTable.current()
    guard let current = mounted.flatMap(table.find) else { return .gone }
    return table.isCovered(current) ? .covered : .mounted
  }

  package func currentMountpoint() -> FilePath? {
    mounted.flatMap(MountTable.current().find)?.mountpoint
  }

  package mutating func unmount(lazy: Bool) -> UnmountResult {
    let table = MountTable.current()
    guard let current = mounted.flatMap(table.find) else { return .done }
    if table.isCovered(current) { return .covered }
    let result = Unmounter.unmount(current.mountpoint, lazy: lazy)
    guard result == .done || state() == .gone else { return result }
    // What is there from now on is another's, even with the same numbers: the kernel reuses them at once.
    mounted = nil
    return .done
  }

  package mutating func unmountDead() -> UnmountResult? {
    let table = MountTable.current()
    guard let current = mounted.flatMap(table.find) else { return nil }
    if !table.isCovered(current) {
      switch MountProbe.status(of: current.mountpoint) {
      case .dead, .unknown: break
      case .alive, .unresponsive:
        // Ours was unmounted, and the next one mounted since got its numbers: requests to a mount without a server do not block.
        mounted = nil
        return nil
      }
    }
    return unmount(lazy: true)
  }
}

enum Unmounter {
  /// Unmounts with the process's own rights, or where it has none with fusermount3.
  static func unmount(_ mountpoint: FilePath, lazy: Bool) -> UnmountResult {
    let result = unsafe mountpoint.withPlatformString { unsafe clinux_unmount($0, lazy ? 1 : 0) }
    switch -result {
    case 0: return .done
    case EBUSY: return .busy
    case EPERM: return runFusermount(mountpoint, lazy: lazy)
    default: return .failed(systemMessage(-result))
    }
  }

  private static func runFusermount(_ mountpoint: FilePath, lazy: Bool) -> UnmountResult {
    var arguments = ["fusermount3", "-u", "-q"]
    if lazy { arguments.append("-z") }
    arguments.append("--")
    var pointers = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(mountpoint.withPlatformString { unsafe strdup($0) })
    defer { unsafe pointers.forEach { unsafe free($0) } }
    unsafe pointers.append(nil)
    let status = unsafe clinux_run(pointers, 1)
    if status == 0 { return .done }
    if status < 0 && status > -1000 {
      return .failed("cannot run fusermount3: \(systemMessage(-status))")
    }
    // It ends with 1 for any reason; the caller checks whether the mount still exists.
    return .busy
  }
}
