import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct BadImageTests {
  @Test func `there are images`() {
    #expect(!BadImage.all.isEmpty)
  }

  @Test(arguments: BadImage.all, [Volume.DamagePolicy.error, .zero])
  func `an image that was once read wrongly is served in agreement with itself or refused`(
    image: BadImage, policy: Volume.DamagePolicy
  ) throws {
    let flash = try FlashImage(bytes: try image.bytes())
    do throws(JFFS2Error) {
      let volume = try Volume(
        scanning: FlashRange(flash, 0..<flash.byteCount), Volume.Options(damagePolicy: policy))
      #expect(VolumeInvariants(volume).violations == [])
    } catch {
      #expect(!"\(error)".isEmpty)
    }
  }

  @Test(
    arguments: BadImage.all,
    [["ls", "--json"], ["info"], ["nodes"], ["verify"], ["export", "--format", "tar", "-o", "-"]])
  func `and every command ends with it in time, with its exit status`(
    image: BadImage, command: [String]
  ) throws {
    let workspace = try Workspace()
    let result = try ChildProcess(
      [Workspace.program()] + command + [workspace.write(try image.bytes())]
    ).wait(seconds: 60)
    #expect([0, 1, 2, 3].contains(result.status), "\(result.error.prefix(500))")
    #expect(result.output.utf8.count < 64 << 20)
  }
}
