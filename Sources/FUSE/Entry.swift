internal import CFUSE

/// A name's answer: which node it is, with its attributes, and how long the kernel may rely on both.
///
/// Every entry handed to the kernel (by ``FileSystem/lookup(_:in:request:reply:)`` or, with its
/// node, in a directory) adds one to the node's look-up count, which
/// ``FileSystem/forget(_:count:)`` takes down.
///
/// The corresponding C type is `struct fuse_entry_param`.
package struct Entry: Sendable {
  /// The longest time for a kernel with 32-bit time: 68 years, in seconds.
  package static let forever = Double(Int32.max)

  /// The node that the name leads to. C: `ino`.
  package var node: NodeID
  /// The node's attributes, which spare the kernel a `getattr`. C: `attr`.
  package var attributes: Attributes
  /// The number of seconds that the kernel may keep the name. C: `entry_timeout`.
  package var entryTimeout: Double
  /// The number of seconds that the kernel may keep the attributes. C: `attr_timeout`.
  package var attributeTimeout: Double
  /// Distinguishes two files that had one ``node`` at different times. C: `generation`.
  package var generation: UInt64

  /// An entry that stays valid forever if nothing else is said.
  package init(
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
