import Foundation
import TestSupport
import Testing

/// Images that the driver or a camera wrote, for commands that are to agree with the library on any image: the package's own, and the
/// corpus where it is at hand.
enum InspectedImages {
  struct Image: CustomTestStringConvertible, Sendable {
    let file: URL

    var testDescription: String { file.lastPathComponent }

    func bytes() throws -> [UInt8] { try gunzip([UInt8](Data(contentsOf: file))) }
  }

  private static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let corpus =
    ProcessInfo.processInfo.environment["JFFS2FUSE_CORPUS"].map { URL(fileURLWithPath: $0) }
    ?? package.deletingLastPathComponent().appending(path: "shared/corpus")

  /// Undamaged ones.
  static let sound =
    images(package.appending(path: "Tests/Fixtures/driver-written"))
    + images(corpus.appending(path: "kernel-written"))
    + images(corpus.appending(path: "camera-flash"))

  /// With flipped bits; none without the corpus.
  static let damaged = images(corpus.appending(path: "damaged"))

  static let all = sound + damaged

  private static func images(_ folder: URL) -> [Image] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".gz") }.sorted().map {
      Image(file: folder.appending(path: $0))
    }
  }
}
