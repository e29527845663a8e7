package import Firmware
import FirmwareAccess
import Glibc
package import JFFS2
package import Storage
internal import Support

/// Everything that the command line says about how to read the firmware and how to serve it.
package struct MountOptions: Equatable, Sendable {
  // How the program runs.
  package var foreground = false
  package var debug = false
  package var singleThreaded = false
  /// `sandbox=no`: both roles in one process, for a debugger.
  package var sandbox = true

  // Where the file system is. Offsets and lengths count in the file as given, in bytes.
  package var offset: UInt64?
  package var length: UInt64?
  /// A table of partitions, or `@` and the path of a file with one.
  package var mtdparts: String?
  /// The table, once it has been read.
  package var table: MTDParts?
  package var partition: String?
  package var member: String?
  package var spareArea: NANDPageLayout?
  package var endianness: Endianness?
  package var eraseSize: UInt64?
  /// The maximum number of bytes to unpack.
  package var maxUnpacked: UInt64 = 1 << 30

  // What the files look like.
  package var userID: UInt32?
  package var groupID: UInt32?
  package var umask: UInt32?
  /// Whether everyone may read all files and search all directories.
  package var readable = false
  package var damaged = Volume.DamagePolicy.error
  /// Whether older versions and deleted files are served too.
  package var history = false
  /// Whether partitions without JFFS2 are files beside a directory for each file system.
  package var partitions = false

  // The life of the mount.
  /// Seconds without a request after which an unmount is tried; nil for never.
  package var timeout: UInt32?
  /// Seconds that readers get to finish after a lazy unmount.
  package var drain: UInt32 = 30
  package var notifyDescriptor: Int32?
  package var nonempty = false

  // libfuse's loop.
  package var cloneDescriptor = false
  package var maxThreads: UInt32?
  package var maxIdleThreads: UInt32?

  /// Options for libfuse's mount as the user gave them, unescaped.
  package var libfuse: [String] = []

  /// The flags of mount(8) that were given, which have no effect here.
  var mountFlags: Set<String> = []

  package init() {}

  /// Whether users other than the mounting user may access the mount, so that the image's modes and ACLs have to protect it.
  package var sharesWithOthers: Bool {
    libfuse.contains("allow_other") || libfuse.contains("allow_root")
  }

  /// Whether the kernel is to check the image's access control lists, which could deny what `readable` grants.
  var enforcesAccessLists: Bool { sharesWithOthers && !readable }
}

extension MountOptions {
  /// The table that `mtdparts=` gives, from a file relative to the working directory if it names one.
  func readTable() throws(ProgramError) -> MTDParts? {
    guard let mtdparts else { return nil }
    do throws(MTDParts.ArgumentError) {
      return try MTDParts(argument: Array(mtdparts.utf8))
    } catch {
      switch error {
      case .invalid: throw ProgramError("-o \(error)", .usage)
      case .invalidFile: throw ProgramError("\(error)", .usage)
      case .unreadableFile: throw ProgramError("\(error)", .failure)
      }
    }
  }

  /// Identifies what a mount of an open file with these options shows; nil if the file cannot be examined.
  func contents(of file: FirmwareFile) -> String? {
    var status = stat()
    guard unsafe fstat(file.descriptor, &status) == 0 else { return nil }
    var options = self
    // What does not change the mount.
    (options.foreground, options.debug, options.singleThreaded) = (false, false, false)
    (options.notifyDescriptor, options.nonempty, options.mountFlags) = (nil, false, [])
    let (size, time) = (status.st_size, status.st_mtim)
    let text = "\(status.st_dev) \(status.st_ino) \(size) \(time.tv_sec) \(time.tv_nsec) \(options)"
    // FNV-1a.
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    return hash.hexadecimal
  }

  /// A note about who can access the mount, if that may surprise; else nil.
  var accessNote: String? {
    if geteuid() == 0 {
      return sharesWithOthers
        ? nil : "only root can access the mount; to share it: -o allow_other,readable"
    }
    guard sharesWithOthers, !readable else { return nil }
    return "the permissions in the image apply to you too; "
      + "to let everyone read all files: -o readable"
  }

  /// The options for libfuse's mount, each unescaped: what is always set, then what the user requested.
  ///
  /// They name the mount's source only if the user did.
  package var sessionOptions: [String] {
    var options = ["ro", "nosuid", "nodev", Self.subtype]
    if sharesWithOthers, !libfuse.contains("default_permissions") {
      options.append("default_permissions")
    }
    return options + libfuse
  }

  /// The warning for a mount by mount.fuse3: it passes `suid` and `dev` on where their opposites are not requested.
  package var passedMountWarning: String? {
    guard mountFlags.contains("suid") || mountFlags.contains("dev") else { return nil }
    let missing = [
      mountFlags.contains("ro") ? nil : "ro", mountFlags.contains("suid") ? "nosuid" : nil,
      mountFlags.contains("dev") ? "nodev" : nil,
    ].compactMap { $0 }.joined(separator: ",")
    return "mounted without \(missing): programs and devices in the firmware may take effect; "
      + "with drop_privileges, pass these options"
  }

  /// The source shown for the mount: the firmware's absolute path, or what `fsname=` says.
  package func source(firmware: String) -> String { namedSource ?? firmware }

  /// The source that the user named.
  package var namedSource: String? {
    libfuse.first { $0.hasPrefix("fsname=") }.map { String($0.dropFirst("fsname=".count)) }
  }
}
