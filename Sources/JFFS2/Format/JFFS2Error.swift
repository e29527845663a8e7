public import Storage
internal import Support

/// Why a file system, or something in it, cannot be served.
@nonexhaustive public enum JFFS2Error: Error, Equatable {
  /// The image's bytes could not be read.
  case storage(StorageError)
  /// No node with a valid CRC was found in the range.
  case noNodes
  /// A live node of an unknown type that forbids mounting, at this flash offset.
  case incompatibleNode(NodeType, flashOffset: UInt64)
  /// The root inode's node says that it is something else than a directory.
  case rootNotDirectory
  /// The file system is larger than the 4 GiB that its offsets can express.
  case tooLarge(byteCount: UInt64)
  /// Erase blocks cannot have as many bytes: it is 0, or no multiple of 4.
  case invalidEraseSize(UInt32)
  /// There is no such inode.
  case noSuchInode(UInt32)
  /// The operation does not fit the inode's type.
  case wrongType(ino: UInt32)
  /// Nothing that is left of the inode makes sense: every node is damaged, or a link or device has other than one piece.
  case unusableInode(UInt32)
  /// The data that were requested are damaged.
  case damaged(Damage)
  /// An access control list that is stored in no form that the driver knows.
  case malformedACL(ino: UInt32)
}

/// A part of a file that cannot be read, and why.
public struct Damage: Equatable, Sendable {
  /// The problem with the node.
  @nonexhaustive public enum Reason: Equatable, Sendable {
    /// The payload's CRC is wrong.
    case dataCRC
    /// No decoder for the compression's number.
    case unknownCompression(UInt8)
    /// The payload's CRC is good, but it does not decode.
    case undecodable(String)
    /// The payload's CRC is good, but it decodes to fewer bytes than the node promises.
    case short
    /// The node promises more than 16 MiB; nodes of an image are far smaller.
    case chunkTooLarge
    /// No node holds the bytes: it was erased, or its header is damaged.
    case missing
  }

  /// The file's inode number.
  public let ino: UInt32
  /// The bytes of the file that only this node holds.
  public let range: Range<UInt64>
  /// The node's offset in the image; nil where the node is missing.
  public let flashOffset: UInt64?
  /// The problem with the node.
  public let reason: Reason

  /// Damage with these values.
  public init(ino: UInt32, range: Range<UInt64>, flashOffset: UInt64?, reason: Reason) {
    self.ino = ino
    self.range = range
    self.flashOffset = flashOffset
    self.reason = reason
  }
}

extension Damage {
  /// The problem, with the position of the node.
  public var cause: String {
    guard let flashOffset else { return "\(reason)" }
    return "\(reason), node at \(flashOffset.hexadecimal)"
  }
}

extension Damage.Reason: CustomStringConvertible {
  /// A few words for a person.
  public var description: String {
    switch self {
    case .dataCRC: "wrong data CRC"
    case .unknownCompression(let number): "unknown compression \(number)"
    case .undecodable(let compression): "\(compression) cannot decompress data"
    case .short: "compressed data is too short"
    case .chunkTooLarge: "node with an implausible size"
    case .missing: "no node contains these bytes"
    }
  }
}

extension JFFS2Error: CustomStringConvertible {
  /// A line for a person.
  public var description: String {
    switch self {
    case .storage(let error): "\(error)"
    case .noNodes: "no JFFS2 nodes"
    case .incompatibleNode(let type, let offset):
      "node of the unknown type \(type.rawValue.hexadecimal) at "
        + "\(offset.hexadecimal) forbids mounting"
    case .rootNotDirectory: "the root inode is not a directory"
    case .tooLarge(let count): "\(count) bytes exceed the JFFS2 limit (4 GiB)"
    case .invalidEraseSize(let count): "erase blocks cannot have \(count) bytes"
    case .noSuchInode(let ino): "no inode \(ino)"
    case .wrongType(let ino): "inode \(ino) has another type"
    case .unusableInode(let ino): "no usable nodes left of inode \(ino)"
    case .damaged(let damage):
      "inode \(damage.ino), bytes \(damage.range.lowerBound) to \(damage.range.upperBound)"
        + (damage.flashOffset.map { ", node at 0x" + String($0, radix: 16) } ?? "")
        + ": \(damage.reason)"
    case .malformedACL(let ino): "malformed access control list of inode \(ino)"
    }
  }
}
