import Glibc
import SystemPackage

/// The program that mounts for users who are not root.
enum FusermountProgram {
  static var finding: Diagnostic {
    guard let path = path() else {
      return .problem(
        "fusermount3, which mounts for users, is not installed",
        advice: "as root: apt-get install fuse3")
    }
    var attributes = stat()
    var system = statvfs()
    guard unsafe stat(path, &attributes) == 0, unsafe statvfs(path, &system) == 0 else {
      return .problem("\(path): \(systemMessage(errno))", advice: "as root: apt-get install fuse3")
    }
    guard attributes.st_uid == 0, attributes.st_mode & S_ISUID != 0 else {
      return .problem(
        "\(path) is not set-user-ID root, so it cannot mount",
        advice: "as root: chown root \(path); chmod u+s \(path)")
    }
    guard system.f_flag & UInt(ST_NOSUID) == 0 else {
      return .problem(
        "\(path) is on a file system mounted nosuid, so it cannot mount",
        advice: "as root: mount it without nosuid")
    }
    return .fine("\(path) mounts for you")
  }

  private static func path() -> String? {
    let directories = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return (["/usr/bin"] + directories.split(separator: ":").map(String.init))
      .map { $0 + "/fusermount3" }
      .first { unsafe access($0, X_OK) == 0 }
  }
}
