import Glibc
import Sandbox
import TestSupport
import Testing

@Suite(.enabled(if: SandboxPolicy.isSupported, "built with a sanitizer or for coverage"))
struct `A confined process` {
  private func attempt(_ mode: String, _ name: String, _ path: String = "") throws -> Outcome {
    try Outcome(mode, name, path)
  }

  private static let denied: [(String, Outcome)] = [
    ("open", .refused(EPERM)), ("create", .refused(EPERM)), ("stat", .refused(EPERM)),
    ("mkdir", .refused(EPERM)), ("unlink", .refused(EPERM)), ("socket", .refused(EPERM)),
    ("exec", .killed), ("fork", .killed), ("ptrace", .killed), ("kill", .killed),
    ("map code", .killed),
  ]

  @Test(arguments: denied)
  func `cannot reach anything outside`(name: String, outcome: Outcome) throws {
    let seen = try withScratchDirectory("touch file") {
      try attempt("confined", name, target(of: name, in: $0))
    }
    #expect(seen == outcome)
  }

  /// Else a refusal above would say nothing.
  @Test(arguments: denied.map(\.0))
  func `could do each of that before`(name: String) throws {
    let seen = try withScratchDirectory("touch file") {
      try attempt("free", name, target(of: name, in: $0))
    }
    #expect(seen == .success)
  }

  #if arch(x86_64)
    @Test func `cannot make calls by the numbers of 32-bit programs`() throws {
      #expect(try attempt("confined", "foreign call") == .killed)
      #expect(try attempt("free", "foreign call") == .success)
    }
  #endif

  @Test(arguments: ["read", "write", "map memory", "thread", "16 MiB"])
  func `can do what reading and serving need`(name: String) throws {
    #expect(try attempt("confined", name) == .success)
  }

  @Test(
    arguments: [
      ("256 MiB", .refused(ENOMEM)), ("write far", .refused(EFBIG)),
      ("descriptors", .refused(EMFILE)),
    ] as [(String, Outcome)])
  func `has limits`(name: String, outcome: Outcome) throws {
    #expect(try attempt("confined", name) == outcome)
    #expect(try attempt("free", name) == .success)
  }

  /// The target of the attempt: an existing file, or one to create.
  private func target(of name: String, in folder: String) -> String {
    folder + (name == "create" || name == "mkdir" ? "/new" : "/file")
  }
}
