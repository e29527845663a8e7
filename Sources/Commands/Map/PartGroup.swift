/// The kinds of parts that a map distinguishes by color.
enum PartGroup: String, CaseIterable {
  case jffs2, fileSystem, boot, kernel, empty, other

  var rgb: (red: Int, green: Int, blue: Int) {
    switch self {
    case .jffs2: (46, 160, 97)
    case .fileSystem: (64, 132, 214)
    case .boot: (160, 98, 206)
    case .kernel: (214, 132, 46)
    case .empty: (112, 122, 136)
    case .other: (60, 164, 170)
    }
  }
}

extension PartReport {
  var group: PartGroup {
    let words = (type == "uImage" ? facts.first ?? type : type).lowercased()
    if type == "JFFS2" { return .jffs2 }
    if ["erased", "zeros"].contains(type) { return .empty }
    if ["kernel", "ramdisk", "device tree", "fit image"].contains(where: words.contains) {
      return .kernel
    }
    if words.hasPrefix("u-boot") || words.contains("script image") { return .boot }
    let isFileSystem =
      ["squashfs", "cramfs", "romfs", "filesystem"].contains(where: words.contains)
      || ["ubi", "ext2", "ext3", "ext4", "fat"].contains(where: words.hasPrefix)
    return isFileSystem ? .fileSystem : .other
  }
}
