import Glibc
import TestSupport

/// The outcome of an attempt of `sandbox-fixture` tried.
enum Outcome: Equatable {
  case success
  case refused(Int32)
  /// The attempt ended the process.
  case killed

  /// - Parameters:
  ///   - mode: `free`, `confined`, or the directory in which files may still be made.
  ///   - path: What the attempt is about; where it is relative, in that directory.
  ///   - isOrdinary: As a user without rights, where the tests have more.
  init(_ mode: String, _ name: String, _ path: String = "", isOrdinary: Bool = false) throws {
    let user =
      isOrdinary && geteuid() == 0
      ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    let program = try ChildProcess.builtProgram("sandbox-fixture")
    let status = try ChildProcess(user + [program, mode, name, path]).wait().status
    self = status == 0 ? .success : status == -SIGSYS ? .killed : .refused(status)
  }

  var isSuccess: Bool { self == .success }
}
