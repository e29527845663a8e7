import Foundation
import TestSupport
import Testing

@testable import Commands

@Suite struct SearchLineTests {
  @Test(arguments: [(0, 0), (0.421, 42), (1, 99), (7, 99), (-1, 0)])
  func `the percentage of what is under way`(share: Double, percent: Int) {
    #expect(SearchProgressLine.percent(share) == percent)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
  func `a terminal sees nothing of a short search`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    let image = try workspace.write([UInt8](repeating: 1, count: 1 << 16) + builder.bytes, "dump")
    let result = try ChildProcess(
      ["script", "-qec", "\(Workspace.program()) ls \(image)", "/dev/null"],
      in: workspace.folder.path
    ).wait()
    #expect(result.output == "a\r\n")
  }
}
