internal import CFUSE

/// A name's answer: which node it is, with its attributes, and how long the kernel may rely on both.
///
/// Every entry handed to the kernel (by ``FileSystem/lookup(_:in:request:reply:)`` or, with its
/// node, in a directory) adds one to the node's look-up count, which
/// ``FileSystem/forget(_:count:)`` takes down.
///
/// The corresponding C type is `struct fuse_entry_param`.
public struct Entry: Sendable {
  /// The longest time for a kernel with 32-bit time: 68 years, in seconds.
  public static let forever = Double(Int32.max)

  /// The node that the name leads to. C: `ino`.
  public var node: NodeID
  /// The node's attributes, which spare the kernel a `getattr`. C: `attr`.
  public var attributes: Attributes
  /// The number of seconds that the kernel may keep the name. C: `entry_timeout`.
  public var entryTimeout: Double
  /// The number of seconds that the kernel may keep the attributes. C: `attr_timeout`.
  public var attributeTimeout: Double
  /// Distinguishes two files that had one ``node`` at different times. C: `generation`.
  public var generation: UInt64

  /// An entry that stays valid forever if nothing else is said.
  public init(
    node: NodeID, attributes: Attributes, entryTimeout: Double = Entry.forever,
    attributeTimeout: Double = Entry.forever, generation: UInt64 = 0
  ) {
    self.node = node
    self.attributes = attributes
    self.entryTimeout = entryTimeout
    self.attributeTimeout = attributeTimeout
    self.generation = generation
  }
}

extension Entry {
  /// The same for libfuse.
  var parameters: fuse_entry_param {
    var parameters = fuse_entry_param()
    parameters.ino = node.rawValue
    parameters.generation = generation
    parameters.attr = attributes.status
    parameters.attr_timeout = attributeTimeout
    parameters.entry_timeout = entryTimeout
    return parameters
  }
}
