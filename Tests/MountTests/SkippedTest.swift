import Testing

/// The reason for not running a test.
private struct SkippedTest: Error {
  let reason: Comment
}

/// Ends the test as skipped. Swift 6.2 cannot do that: there the test fails with the reason.
func skipTest(_ reason: Comment) throws -> Never {
  #if compiler(>=6.3)
    try Test.cancel(reason)
  #else
    throw SkippedTest(reason: reason)
  #endif
}
