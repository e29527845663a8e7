import Glibc
import TestSupport
import Testing

/// Runs a test with the path of a temporary directory.
///
/// - Parameters:
///   - setUp: Shell commands that fill it.
///   - isOrdinary: Another user than root owns it.
func withScratchDirectory<Result>(
  _ setUp: String, isOrdinary: Bool = false, _ body: (String) throws -> Result
) throws -> Result {
  var template = Array("/tmp/sandbox-test-XXXXXX".utf8CString)
  try #require(mkdtemp(&template) != nil)
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer { _ = try? ChildProcess(["rm", "-r", "--", path]).wait() }
  let owner = isOrdinary && geteuid() == 0 ? " && chown -R 65534:65534 ." : ""
  try #require(try ChildProcess(["sh", "-c", setUp + owner], in: path).wait().status == 0)
  return try body(path)
}
