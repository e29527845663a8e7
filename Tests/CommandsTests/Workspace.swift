import FirmwareAccess
import Commands
import Foundation
import Glibc
import TestSupport
import SystemPackage
import Testing

/// A directory of a test's own, with firmware in it and `jffs2` to examine it.
final class Workspace {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "jffs2-tests-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file and gives its path.
  func write(_ bytes: [UInt8], _ name: String = "image") throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path
  }

  func write(_ builder: ImageBuilder, _ name: String = "image") throws -> String {
    try write(builder.bytes, name)
  }

  /// Runs the built `jffs2` in the directory.
  func jffs2(_ arguments: String...) throws -> ChildProcess.Result { try jffs2(arguments) }

  func jffs2(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ChildProcess.Result {
    try ChildProcess(
      [try Self.program()] + arguments, in: folder.path, environment: environment
    ).wait(seconds: 120)
  }

  /// Runs it as a user whom permissions stop.
  func jffs2AsOrdinaryUser(_ arguments: [String]) throws -> ChildProcess.Result {
    let user =
      geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    return try ChildProcess(user + [Self.program()] + arguments, in: folder.path).wait()
  }

  /// Sets the permissions of what is at a path.
  func setMode(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: folder.appending(path: path).path)
  }

  /// `jffs2` is beside the test's own program.
  static func program() throws -> String {
    let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: test).deletingLastPathComponent().appending(path: "jffs2").path
  }
}

extension ImageTree {
  /// The tree of a firmware that a test has written.
  static func open(_ path: String) throws -> ImageTree {
    try ImageTree(FirmwareImage(InputOptions(path: FilePath(path))))
  }
}
