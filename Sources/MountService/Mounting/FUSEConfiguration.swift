/// The settings of fusermount3, see mount.fuse3(8).
struct FUSEConfiguration: Equatable, Sendable {
  /// Whether ordinary users may mount with `allow_other`.
  let allowsOther: Bool
  /// The maximum number of FUSE mounts that fusermount3 permits; nil for no limit.
  let maximumMounts: Int?

  /// The settings of this system.
  static var current: FUSEConfiguration { FUSEConfiguration(readTextFile("/etc/fuse.conf")) }

  /// - Parameter text: the contents of /etc/fuse.conf; empty if it is missing.
  init(_ text: String) {
    var allowsOther = false
    var maximumMounts: Int? = 1000
    for line in text.split(separator: "\n") {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "=" }
      if words == ["user_allow_other"] { allowsOther = true }
      if words.count == 2, words[0] == "mount_max", let number = Int(words[1]) {
        maximumMounts = number < 0 ? nil : number
      }
    }
    self.allowsOther = allowsOther
    self.maximumMounts = maximumMounts
  }
}
