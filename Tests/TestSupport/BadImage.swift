internal import Foundation

/// An image that was once read wrongly, of `Tests/BadImages`.
package struct BadImage: CustomStringConvertible, Sendable {
  private let file: URL
  package var description: String { file.lastPathComponent }

  package static let all: [BadImage] = {
    let folder = packageFolder.appending(path: "Tests/BadImages")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0 != "README.md" }.sorted().map {
      BadImage(file: folder.appending(path: $0))
    }
  }()

  /// The image's bytes; the file is compressed where its name ends in `.gz`.
  package func bytes() throws -> [UInt8] {
    let stored = [UInt8](try Data(contentsOf: file))
    return file.pathExtension == "gz" ? try gunzip(stored) : stored
  }
}
