import Glibc

/// The numbers of users and groups of this system.
enum AccountNames {
  static func user(_ name: String) -> UInt32? {
    unsafe getpwnam(name).map { unsafe $0.pointee.pw_uid }
  }

  static func group(_ name: String) -> UInt32? {
    unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid }
  }
}
