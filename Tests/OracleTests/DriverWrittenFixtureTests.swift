import JFFS2
import Storage
import TestSupport
import Testing

/// Small flashes that the driver wrote, and what it serves from them; `Tests/Fixtures/README.md` shows how they were made.
@Suite struct DriverWrittenFixtureTests {
  static let images = AnsweredImage.fixtures

  @Test func `the fixtures are there`() {
    #expect(Self.images.count >= 14)
  }

  @Test(arguments: images)
  func `the tree is what the driver serves`(image: AnsweredImage) throws {
    #expect(try image.differences() == [])
  }

  @Test(arguments: images)
  func `the tree is the same where the erase size is given`(image: AnsweredImage) throws {
    let eraseSize = try image.manifest().eraseSize
    #expect(try image.differences(Volume.Options(eraseSize: eraseSize)) == [])
  }

  @Test(arguments: images)
  func `an intact flash reads the same with both damage policies`(image: AnsweredImage) throws {
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }

  @Test(arguments: images + AnsweredImage.sound)
  func `an intact file system of the driver is not reported`(image: AnsweredImage) throws {
    let flash = try FlashImage(bytes: image.bytes())
    let volume = try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    #expect(volume.indexDamage == [])
  }
}
