import CLinux
import FirmwareAccess
import Glibc
import Storage
import Support
import SystemPackage

/// `jffs2fuse --doctor`: diagnoses problems of mounts on this system, and suggests fixes.
struct Doctor {
  /// A directory to judge as well.
  let mountpoint: FilePath?

  private let rights = ProcessCapabilities(status: readTextFile("/proc/self/status"))
  private let container = ContainerRuntime.current

  init(mountpoint: FilePath?) { self.mountpoint = mountpoint }

  /// Prints what it finds; `system` if a problem was found.
  func run() -> ExitStatus {
    let findings = examine()
    for finding in findings { StandardStream.output.write(finding.lines) }
    let problems = findings.count { $0.severity == .problem }
    StandardStream.output.write(
      problems == 0
        ? "\nNo problems found.\n"
        : "\n\(problems.pluralized("problem")): see above.\n")
    return problems == 0 ? .success : .failure
  }

  private func examine() -> [Diagnostic] {
    let mounts = ownMounts()
    return [device()] + (geteuid() == 0 ? [root()] : user()) + confinement() + [directory()]
      + mountpointFindings(mounts) + findings(mounts)
  }

  private func device() -> Diagnostic {
    let opened = unsafe clinux_open_device("/dev/fuse")
    if opened >= 0 {
      let descriptor = OwnedDescriptor(opened)
      var attributes = stat()
      let isFUSE =
        unsafe fstat(descriptor.number, &attributes) == 0 && attributes.st_mode & S_IFMT == S_IFCHR
        && attributes.st_rdev == 10 << 8 | 229
      return isFUSE
        ? .fine("/dev/fuse can be opened")
        : .problem(
          "/dev/fuse is not the FUSE device",
          advice: "as root: rm /dev/fuse; mknod -m 666 /dev/fuse c 10 229")
    }
    let text = "/dev/fuse: \(systemMessage(-opened))"
    // A container's rules would give EPERM.
    if -opened == EACCES {
      return .problem(text, advice: "as root: chmod 666 /dev/fuse, or add a udev rule")
    }
    if let container {
      return .problem(text, advice: "start the \(container) with /dev/fuse: \(container.device)")
    }
    return .problem(text, advice: "as root: modprobe fuse")
  }

  private func root() -> Diagnostic {
    if rights.hasSystemAdministration { return .fine("root may mount") }
    return .problem(
      "this root has no CAP_SYS_ADMIN and cannot mount",
      advice: container.map { "start the \($0) with it: \($0.capability)" }
        ?? "in a unit: add CAP_SYS_ADMIN to CapabilityBoundingSet=")
  }

  private func user() -> [Diagnostic] {
    var findings = [FusermountProgram.finding]
    if rights.noNewPrivileges {
      findings.append(
        .problem(
          "no_new_privs is set: fusermount3, which mounts for users, cannot become root",
          advice: "use a container without no-new-privileges, or a unit without NoNewPrivileges= "
            + "and what implies it"))
    }
    if !rights.canGainSystemAdministration {
      findings.append(
        .problem(
          "CAP_SYS_ADMIN is unavailable here, even to fusermount3",
          advice: container.map { "start the \($0) with it: \($0.capability)" }
            ?? "in a unit: add CAP_SYS_ADMIN to CapabilityBoundingSet="))
    }
    let configuration = FUSEConfiguration.current
    findings.append(
      configuration.allowsOther
        ? .fine("/etc/fuse.conf permits -o allow_other")
        : .note(
          "only root may use -o allow_other and allow_root here",
          advice: "as root: echo user_allow_other >>/etc/fuse.conf"))
    let count = MountTable.current().entries.count { $0.type.hasPrefix("fuse") }
    if let most = configuration.maximumMounts, count >= most {
      findings.append(
        .problem(
          "\(count) FUSE mounts exist, and /etc/fuse.conf permits \(most)",
          advice: "unmount some, or as root: raise mount_max in /etc/fuse.conf"))
    }
    return findings
  }

  private func confinement() -> [Diagnostic] {
    var findings: [Diagnostic] = []
    let profile = readTextFile("/proc/self/attr/current").prefix { $0 != "\n" && $0 != "\0" }
    if profile.hasSuffix("(enforce)") {
      findings.append(
        .note(
          "AppArmor confines this process: \(profile)",
          advice: container.map { "if a mount is denied, start the \($0) with: \($0.profile)" }
            ?? "if a mount is denied, its profile must allow mounting FUSE"))
    }
    if let container { findings.append(.fine("running in a \(container)")) }
    return findings
  }

  private func directory() -> Diagnostic {
    guard let value = RuntimeDirectory.environment, !value.isEmpty else {
      return .note(
        "XDG_RUNTIME_DIR is not set",
        advice: "give a mountpoint")
    }
    if unsafe access(value, W_OK | X_OK) == 0 {
      return .fine("mountpoints are created in \(value)/jffs2fuse")
    }
    return .note(
      "\(value): \(systemMessage(errno)) (from XDG_RUNTIME_DIR)",
      advice: "give a mountpoint, or log in instead of using su")
  }

  private func mountpointFindings(_ mounts: [OwnMount]) -> [Diagnostic] {
    guard let mountpoint, !isStale(mountpoint, mounts) else { return [] }
    do throws(ProgramError) {
      // The last of several mounts at one path is on top.
      _ = try Mountpoint.checked(
        mountpoint, options: MountOptions(),
        statuses: Dictionary(mounts.map { ($0.mountpoint, $0.status) }) { $1 })
      return [.fine("\(mountpoint): can be used as a mountpoint")]
    } catch {
      // The way out is in the message.
      return [Diagnostic(severity: .problem, text: error.message, advice: nil)]
        + accessNote(mountpoint)
    }
  }

  /// Who can access a mount of this program, where that may surprise.
  private func accessNote(_ path: FilePath) -> [Diagnostic] {
    guard let mounted = resolve(path).flatMap(MountTable.current().top),
      mounted.type == "fuse.jffs2fuse", !mounted.allowsOther
    else { return [] }
    let owner = mounted.owner.map(Unmounter.userName) ?? "the user who mounted it"
    return [
      .note(
        "\(path): only \(owner) can access this mount",
        advice: "to share it, mount it with: -o allow_other,readable")
    ]
  }

  /// Whether ``findings(_:)`` reports it.
  private func isStale(_ path: FilePath, _ mounts: [OwnMount]) -> Bool {
    guard let resolved = resolve(path) else { return false }
    return mounts.contains { $0.mountpoint == resolved && $0.status == .dead }
  }

  private func resolve(_ path: FilePath) -> FilePath? {
    let opened = unsafe path.withPlatformString { unsafe clinux_open_path($0) }
    guard opened >= 0 else { return nil }
    return try? Mountpoint.resolve(OwnedDescriptor(opened), named: path)
  }

  /// A mount of this program by any user.
  private typealias OwnMount = (mountpoint: FilePath, status: MountProbe.Status)

  private func ownMounts() -> [OwnMount] {
    let entries = MountTable.current().entries.filter { $0.type == "fuse.jffs2fuse" }
    let paths = entries.map(\.mountpoint)
    return zip(paths, MountProbe.statuses(of: paths)).map { ($0, $1) }
  }

  private func findings(_ mounts: [OwnMount]) -> [Diagnostic] {
    mounts.compactMap { mountpoint, status in
      let advice = "jffs2fuse --unmount \(mountpoint.string.shellQuoted)"
      return switch status {
      case .alive, .unknown: nil
      case .dead: .problem("\(mountpoint): dead mount (its program has ended)", advice: advice)
      case .unresponsive: .note("\(mountpoint): its program does not respond", advice: advice)
      }
    }
  }
}
