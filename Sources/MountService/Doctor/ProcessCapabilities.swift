/// The rights of this process, from /proc/self/status.
struct ProcessCapabilities: Equatable, Sendable {
  /// Whether programs that are set-user-ID stay without effect.
  let noNewPrivileges: Bool
  /// Whether the process may mount.
  let hasSystemAdministration: Bool
  /// Whether a set-user-ID program that it starts may.
  let canGainSystemAdministration: Bool

  /// - Parameter status: the contents of /proc/self/status.
  init(status: String) {
    var fields: [Substring: Substring] = [:]
    for line in status.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1].drop { $0 == "\t" || $0 == " " } }
    }
    func mayMount(_ set: Substring) -> Bool {
      let systemAdministration: UInt64 = 1 << 21  // CAP_SYS_ADMIN
      return fields[set].flatMap { UInt64($0, radix: 16) }.map { $0 & systemAdministration != 0 }
        ?? true
    }
    noNewPrivileges = fields["NoNewPrivs"] == "1"
    hasSystemAdministration = mayMount("CapEff")
    canGainSystemAdministration = mayMount("CapBnd")
  }
}
