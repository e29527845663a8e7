package import Foundation

/// The files that the Linux driver serves from an image, from the JSON file beside it; `Tests/Fixtures/README.md` lists the fields.
package struct Manifest: Decodable {
  /// One path of the tree.
  package struct Entry: Decodable {
    package let path: String
    package let pathHex: String?
    package let mode: String?
    package let uid, gid, size, nlink, inode, mtime, atime, ctime, blocks: UInt64?
    package let rdev, target, targetHex, sha256: String?
    package let xattrs: [String: XattrValue]?
    package let statErrno, readErrno, readlinkErrno: Int?

    /// The path as bytes.
    package var pathBytes: [UInt8] { pathHex.map(bytes(hex:)) ?? Array(path.utf8) }
    /// The symbolic link's target as bytes.
    package var targetBytes: [UInt8]? {
      targetHex.map(bytes(hex:)) ?? target.map { Array($0.utf8) }
    }
  }

  /// A value in hexadecimal, or a negative errno.
  package enum XattrValue: Decodable, Equatable {
    case bytes(String)
    case failure(Int)

    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let errno = try? container.decode(Int.self) {
        self = .failure(errno)
      } else {
        self = .bytes(try container.decode(String.self))
      }
    }
  }

  package let eraseSize: UInt32
  package let entries: [Entry]

  /// Reads a manifest from a file.
  package init(contentsOf url: URL) throws {
    try self.init(parsing: Data(contentsOf: url))
  }

  /// Reads a manifest.
  package init(parsing json: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Manifest.self, from: json)
  }
}

/// Bytes as pairs of hexadecimal digits.
package func hex(_ bytes: [UInt8]) -> String {
  bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
}

private func bytes(hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
