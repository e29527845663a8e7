internal import Storage

/// A volume of a UBI device, with where its blocks are.
struct UBIVolume {
  let number: UInt32
  let name: String
  let isStatic: Bool
  /// The usable bytes of each block.
  let blockSize: UInt64
  /// The blocks in the order of their numbers; filler for those that are not mapped.
  let segments: [ImageSegment]
  var warnings: [String]
  var flaws: [String]

  var byteCount: UInt64 { segments.reduce(0) { $0 + $1.count } }
}

/// A UBI volume as a container of what was found in it.
package struct UBIVolumeDescription: Equatable, Sendable {
  /// The offset of the start of the device.
  package let deviceOffset: UInt64
  /// The bytes of a physical erase block.
  package let physicalBlockSize: UInt64
  /// The usable bytes of each block.
  package let blockSize: UInt64
  package let number: UInt32
  package let name: String
  package let isStatic: Bool
}
