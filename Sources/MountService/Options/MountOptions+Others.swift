internal import Support

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
    if let reason = refusal(of: name) { return "-o \(name): not available; \(reason)" }
    let near = closest(to: name).map { "; did you mean \($0)?" } ?? "; see jffs2fuse --help"
    return "unknown option -o \(option)" + near
  }

  /// Why an option that other FUSE file systems have is refused; nil for any other.
  private static func refusal(of name: String) -> String? {
    refused.first { $0.names.contains(name) }?.reason
  }

  private static let refused: [(names: Set<String>, reason: String)] = [
    (
      [
        "kernel_cache", "auto_cache", "noauto_cache", "direct_io", "entry_timeout", "attr_timeout",
        "negative_timeout", "ac_attr_timeout", "remember", "noforget", "readdir_ino",
        "async_read", "sync_read", "max_readahead", "splice_read", "no_splice_read",
      ], "firmware never changes, and jffs2fuse makes the kernel cache everything; drop it"
    ),
    (["use_ino"], "the inode numbers are always those of the image; drop it"),
    (
      [
        "max_write", "big_writes", "atomic_o_trunc", "hard_remove", "writeback_cache",
        "splice_write", "no_splice_write", "splice_move", "no_splice_move",
      ], "the mount is read-only; drop it"
    ),
    (
      ["nopath", "intr", "intr_signal", "modules", "subdir", "rellinks", "norellinks"],
      "it belongs to libfuse's high-level interface, which jffs2fuse does not use; drop it"
    ),
    (["blkdev", "blksize", "fd", "rootmode", "user_id", "group_id"], "libfuse sets it; drop it"),
    (["drop_privileges", "setuid"], "mount.fuse3 handles it: mount -t fuse.jffs2fuse"),
    (["loop", "sizelimit"], "no loop device is needed; use offset= and length="),
  ]

  /// The replacement for the long option of a `jffs2` command line, such as `--erase-size 64k`; nil if `-o` has none of that name.
  static func mountOption(for long: Substring, value: String?) -> String? {
    let name = long.replacing("-", with: "_")
    guard let help = HelpText.options.flatMap(\.mountOptions).first(where: { $0.name == name })
    else { return nil }
    guard let placeholder = help.placeholder else { return "-o \(name)" }
    return "-o \(name)=\(value ?? placeholder)"
  }

  /// The options with an effect, without their values: the program's own, then libfuse's.
  package static let names =
    table.map(\.name)
    + passedToLibfuse.map { $0.hasSuffix("=") ? String($0.dropLast()) : $0 }.sorted()

  /// The known option that differs least from `name`, if it is near enough to be meant.
  static func closest(to name: String) -> String? {
    names.nearest(to: name)
  }
}
