import Glibc

/// The container that the process runs in, by the marks that its maker leaves, and how it is given rights.
struct ContainerRuntime: Equatable, Sendable, CustomStringConvertible {
  let description: String
  /// The option that adds /dev/fuse.
  let device: String
  /// The option that adds CAP_SYS_ADMIN.
  let capability: String
  /// The option that disables AppArmor's rules.
  let profile: String

  static var current: ContainerRuntime? {
    if unsafe access("/.dockerenv", F_OK) == 0 { return commandLine("Docker") }
    if unsafe access("/run/.containerenv", F_OK) == 0 { return commandLine("Podman") }
    let manager = readTextFile("/run/host/container-manager").prefix { $0 != "\n" }
    guard !manager.isEmpty else { return nil }
    return manager == "systemd-nspawn"
      ? ContainerRuntime(
        description: "systemd-nspawn container", device: "--bind=/dev/fuse",
        capability: "--capability=CAP_SYS_ADMIN", profile: "its own profile")
      : commandLine(String(manager))
  }

  private static func commandLine(_ name: String) -> ContainerRuntime {
    ContainerRuntime(
      description: "\(name) container", device: "--device /dev/fuse",
      capability: "--cap-add SYS_ADMIN", profile: "--security-opt apparmor=unconfined")
  }
}
