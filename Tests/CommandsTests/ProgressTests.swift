import Foundation
import TestSupport
import Testing

@testable import Commands

@Suite struct `A line about progress` {
  @Test func `has share, amounts in binary units, rate and time left`() {
    #expect(
      Progress.line("export", done: 50 << 20, total: 100 << 20, seconds: 10)
        == "export [##########..........] 50%  50 MiB of 100 MiB  5 MiB/s  0:10 left")
  }

  @Test func `advances in small steps while several threads compress to xz`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let random = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
    builder.addFile("random", ino: 2, Array(try random.read(upToCount: 6 << 20) ?? Data()))
    _ = try workspace.write(builder)
    let result = try ChildProcess(
      ["script", "-qec", "'\(Workspace.program())' export -o out.tar.xz image", "/dev/null"],
      in: workspace.folder.path
    ).wait(seconds: 120)
    #expect(result.status == 0)
    let percents = result.output.matches(of: /\] (\d+)%/).compactMap { Int($0.1) }
    // All bytes fit into the first block of the compressor, which takes them at once.
    #expect(percents.first.map { $0 < 60 } != false, "\(percents)")
    #expect(percents == percents.sorted())
    for (before, after) in zip(percents, percents.dropFirst()) { #expect(after - before < 50) }
    let check = try ChildProcess(
      ["sh", "-c", "xz -t out.tar.xz && tar tf out.tar.xz"], in: workspace.folder.path
    ).wait()
    #expect(check.output == "./\nrandom\n", "\(check.error)")
  }
}
