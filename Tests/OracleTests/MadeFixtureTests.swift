import Firmware
import Foundation
import JFFS2
import TestSupport
import Testing

/// The files that `Scripts/make-fixtures` created in `.build/fixtures`; empty if it was not run.
enum MadeFixtures {
  private struct Item: Decodable {
    let name: String
    let manifest: String
  }

  private static let folder = packageFolder.appendingPathComponent(".build/fixtures")

  static let all: [AnsweredImage] = {
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("index.json")),
      let items = try? JSONDecoder().decode([Item].self, from: data)
    else { return [] }
    return items.map { item in
      AnsweredImage(
        file: folder.appendingPathComponent(item.name),
        manifestFile: folder.appendingPathComponent(item.manifest))
    }
  }()

  /// All but those of which the product serves something else than the driver.
  static let plain = all.filter {
    !["home-wrong-header-crc", "home-truncated"].contains($0.description)
  }
}

/// Images that mkfs.jffs2, sumtool and mkimage made; `Scripts/test` runs `Scripts/make-fixtures` before the tests.
@Suite(
  .enabled(if: !MadeFixtures.all.isEmpty, "no .build/fixtures; Scripts/make-fixtures makes it"))
struct MadeFixtureTests {
  private static func image(_ name: String) throws -> AnsweredImage {
    try #require(MadeFixtures.all.first { $0.description == name })
  }

  @Test func `the list has every kind of image`() {
    #expect(MadeFixtures.all.count >= 30)
    #expect(MadeFixtures.all.contains { $0.description.hasPrefix("be-") })
  }

  @Test(arguments: MadeFixtures.plain)
  func `the tree is what the driver serves`(image: AnsweredImage) throws {
    #expect(try image.differences() == [])
  }

  @Test(arguments: MadeFixtures.all.filter { $0.description.hasPrefix("be-") })
  func `big-endian images are detected`(image: AnsweredImage) throws {
    #expect(try image.volume().dialect == Dialect(.big))
  }

  @Test func `a U-Boot image with a wrong header CRC is refused`() throws {
    let image = try Self.image("home-wrong-header-crc")
    #expect(throws: FirmwareError.wrongHeaderCRC) { try image.volume() }
  }

  @Test func `a truncated image ends where the driver ends it if damage reads as zeros`() throws {
    let image = try Self.image("home-truncated")
    #expect(try image.differences(Volume.Options(damagePolicy: .zero)) == [])
  }

  /// The node is outside the image, so it is not a node: nothing is left that could fail.
  @Test func `a truncated image differs from the driver's in the last file only`() throws {
    let differences = try Self.image("home-truncated").differences()
    #expect(differences.allSatisfy { $0.hasPrefix("./~last/last:") }, "\(differences)")
    #expect(!differences.isEmpty)
  }
}
