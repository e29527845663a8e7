/// Other options: those of libfuse's mount, those of mount(8), and unknown ones.
extension MountOptions {
  /// Passed to libfuse's mount as they are; with `=` where there is a value. (mount.c and fuse_lowlevel.c;
  /// `noexec` is the only one of mount(8)'s that says more than `ro,nosuid,nodev`.)
  static let passedToLibfuse: Set<String> = [
    "allow_other", "allow_root", "auto_unmount", "default_permissions", "fsname=", "max_read=",
    "context=", "fscontext=", "defcontext=", "rootcontext=", "noexec",
  ]

  /// By which the mount's type is `fuse.jffs2fuse`. Programs identify our mounts by it.
  static let subtype = "subtype=jffs2fuse"

  /// The options of mount(8) and fstab that are not for the file system: accepted without effect.
  static let mountFlags: Set<String> = [
    "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "sync", "async", "dirsync", "atime",
    "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime",
    "lazytime", "nolazytime", "mand", "nomand", "silent", "loud", "iversion", "noiversion",
    "symfollow", "nosymfollow", "defaults", "auto", "noauto", "user", "nouser", "users", "nousers",
    "owner", "noowner", "group", "nogroup", "nofail", "_netdev", "_rnetdev",
  ]

  private static let mountValues: Set<String> = ["comment", "uhelper", "helper", "user"]

  static func isForMount(name: String, hasValue: Bool) -> Bool {
    let lowercase = name.lowercased()
    return lowercase.hasPrefix("x-") || (hasValue ? mountValues : mountFlags).contains(name)
  }

  static func complaint(option: String, name: String) -> String {
    if name == "subtype" {
      return "-o \(option): the type is always fuse.jffs2fuse; drop it"
    }
    if passedToLibfuse.contains(name + "=") { return "-o \(name) needs a value" }
    if passedToLibfuse.contains(name) || mountFlags.contains(name) {
      return "-o \(name) takes no value"
    }
    let near = closest(to: name).map { "; did you mean \($0)?" } ?? "; see jffs2fuse --help"
    return "unknown option -o \(option)" + near
  }

  /// The options with an effect, without their values: the program's own, then libfuse's.
  package static let names =
    table.map(\.name)
    + passedToLibfuse.map { $0.hasSuffix("=") ? String($0.dropLast()) : $0 }.sorted()

  /// The known option that differs least from `name`, if it is near enough to be meant.
  static func closest(to name: String) -> String? {
    let nearest = names.map { (name: $0, distance: editDistance(name, $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(1, name.utf8.count / 3) else { return nil }
    return nearest.name
  }

  private static func editDistance(_ first: String, _ second: String) -> Int {
    // An option's name is short; what is longer than any is near to none.
    let (first, second) = (Array(first.utf8.prefix(64)), Array(second.utf8))
    var row = Array(0...second.count)
    for (i, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in second.enumerated() {
        let substituted = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[second.count]
  }
}
