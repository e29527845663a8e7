package import Foundation

/// An image on disk, and beside it what the Linux driver serves from it.
package struct AnsweredImage: CustomStringConvertible, Sendable {
  /// Compressed where its name ends in `.gz`.
  package let file: URL
  /// The driver's answer.
  package let manifestFile: URL
  package var description: String { file.lastPathComponent }

  /// Those that the repository holds.
  package static let fixtures = list(packageFolder.appending(path: "Tests/Fixtures/driver-written"))

  /// Those of `soundFolders` in the corpus.
  package static let sound = ["kernel-written", "camera-flash"].flatMap(inCorpus)

  /// Those whose nodes are damaged; the driver reads damage as zeros.
  package static let damaged = inCorpus("damaged")

  /// Dumps of whole flash chips; the answers are lists of what is in them.
  package static let dumps = inCorpus("camera-dump")

  /// Those of which it is known what the driver showed after each step; the answers are of the form of `write-history.py`.
  package static let histories = inCorpus("history").filter { $0.file.path.hasSuffix(".jffs2.gz") }

  /// The message of a test that is skipped without a corpus.
  package static let noCorpus = "no image corpus; set JFFS2FUSE_CORPUS to its directory"

  package init(file: URL, manifestFile: URL) {
    self.file = file
    self.manifestFile = manifestFile
  }

  /// The image's bytes.
  package func bytes() throws -> [UInt8] {
    let stored = [UInt8](try Data(contentsOf: file))
    return file.pathExtension == "gz" ? try gunzip(stored) : stored
  }

  package func manifest() throws -> Manifest { try Manifest(contentsOf: manifestFile) }

  /// The images of a directory, by name; none if there is no such directory.
  private static func list(_ folder: URL) -> [AnsweredImage] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".gz") }.sorted().map { name in
      AnsweredImage(
        file: folder.appending(path: name),
        manifestFile: folder.appending(path: name.dropLast(3) + ".json"))
    }
  }

  /// Images outside the repository, if available: in the directory that `JFFS2FUSE_CORPUS` names or beside the package's.
  private static func inCorpus(_ name: String) -> [AnsweredImage] {
    let named = ProcessInfo.processInfo.environment["JFFS2FUSE_CORPUS"]
    let corpus =
      named.map { URL(filePath: $0) }
      ?? packageFolder.deletingLastPathComponent().appending(path: "shared/corpus")
    return list(corpus.appending(path: name))
  }
}

/// The directory of `Package.swift`.
package let packageFolder = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
