internal import FirmwareAccess
internal import FUSE
internal import Glibc
internal import SystemPackage

extension SystemMounter {
  /// Mounts through libfuse: as root by itself, else with the help of fusermount3.
  package static var libfuse: SystemMounter { SystemMounter(mount: mountThroughLibfuse) }

  /// Whether fusermount3 lets this user share a mount with these options.
  private static func mayShare(_ options: [String]) -> Bool {
    geteuid() == 0 || !(options.contains("allow_other") || options.contains("allow_root"))
      || FUSEConfiguration.current.allowsOther
  }

  private static func mountThroughLibfuse(
    _ path: FilePath, _ source: FilePath?, _ options: [String]
  ) throws(ProgramError) -> Int32 {
    do throws(FUSEError) {
      return try Session.mount(
        at: path, options: SessionOptions(arguments: options, source: source))
    } catch {
      switch error.code {
      case .noDevice where unsafe access("/dev/fuse", F_OK) == 0:
        throw ProgramError(
          "/dev/fuse: \(systemMessage(EACCES)); as root: chmod 666 /dev/fuse, or add a udev rule; "
            + "for details: jffs2fuse --doctor", .failure)
      case .noDevice:
        throw ProgramError(
          "/dev/fuse cannot be used: load the module (modprobe fuse), or give the container the "
            + "device (--device /dev/fuse); for details: jffs2fuse --doctor", .failure)
      case _ where !mayShare(options):
        throw ProgramError(
          "\(path): \(error); for -o allow_other and allow_root, as root: "
            + "echo user_allow_other >>/etc/fuse.conf", .mountFailed)
      default:
        throw ProgramError(
          "\(path): \(error); for details: jffs2fuse --doctor", .mountFailed)
      }
    }
  }
}
