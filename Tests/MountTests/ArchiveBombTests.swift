import Sandbox
import TestSupport
import Testing

/// Little that unpacks to very much, through the built program: refused early, with little memory and nothing left.
@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A bomb of 10 GiB` {
  /// 160 times 64 MiB of zeros, packed.
  private static let pieces =
    "head -c 64M /dev/zero | gzip -1 >p; for i in $(seq 160); do cat p; done"

  @Test(arguments: [
    "\(pieces) >bomb", "\(pieces) >b.gz; mv b.gz bomb",
    "truncate -s 10G z; zip -q0 -Z store - z | head -c 1M >bomb",
    "truncate -s 10G z; tar -cS z | gzip >bomb",
  ])
  func `is refused before much is unpacked`(line: String) throws {
    let place = try MountPlace([0])
    let made = try place.shell("cd $D && \(line); ls -s bomb; mv bomb $F; rm -f z p")
    try #require(made.status == 0, "\(made.error)")
    // A sanitizer's own books take terabytes of address space.
    let limit = Confinement.isPossible ? "ulimit -v 4000000" : ":"
    let result = try place.shell("\(limit); TMPDIR=$D exec $P $F $M -o max_unpacked=16M")
    #expect(result.status == 1)
    #expect(result.error.contains("unpacks to more than the 16777216 bytes"), "\(result.error)")
    #expect(try place.shell("ls $D").output == "firmware\nm\n")
  }
}
