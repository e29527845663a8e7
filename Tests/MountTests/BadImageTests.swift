import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(5)))
struct BadImageTests {
  @Test(arguments: BadImage.all)
  func `an image that was once read wrongly is mounted and read, or refused`(
    image: BadImage
  ) throws {
    let place = try MountPlace(try image.bytes())
    // Paths may be longer than any that a program can name: find goes down by single names, and cat may fail.
    let result = try place.start(
      [
        "bash", "-c",
        """
        $P $F $M; c=$?; [ $c = 0 ] || exit $c
        find $M -ls >/dev/null; find $M -type f -execdir cat {} + | wc -c; $P --unmount $M
        """,
      ]
    ).wait(seconds: 120)
    #expect([0, 1, 2, 3, 32].contains(result.status), "\(result.error.suffix(500))")
    #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
  }
}
