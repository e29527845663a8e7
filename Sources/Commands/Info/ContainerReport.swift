internal import Firmware
internal import Storage

/// One layer around the file systems as printed by `info`.
struct ContainerReport: Encodable, Sendable {
  /// `uimage`, `fit`, `archive`, `compressed`, `hexdump`, `nand` or `ubi`.
  let kind: String
  /// The offset in the containing data.
  var offset: UInt64?
  /// A uImage's name.
  var name: String?
  var nameHex: String?
  /// When mkimage made it.
  var time: UInt32?
  var operatingSystem: String?
  var architecture: String?
  var type: String?
  /// The load address and the entry point of a uImage.
  var loadAddress: UInt32?
  var entryPoint: UInt32?
  /// By the label, which is often wrong.
  var compression: String?
  /// The address of a hexadecimal dump's first byte.
  var address: UInt64?
  /// As the header promises, or what a hexadecimal dump has.
  var dataSize: UInt64?
  /// The bytes of data that are there, where they are fewer.
  var dataPresent: UInt64?
  var headerCrc: String?
  /// `valid`, `invalid`, or `truncated`.
  var dataCrc: String?
  /// An archive's or a compression's format.
  var format: String?
  var member: String?
  var pageSize: Int?
  var oobSize: Int?
  /// Whether the layout of the spare areas was detected.
  var isDetected: Bool?
  /// The number of a UBI volume.
  var volume: UInt32?
  /// The bytes of a physical erase block.
  var physicalBlockSize: UInt64?
  /// The bytes of a block that a UBI volume can use.
  var blockSize: UInt64?

  init(_ container: Container) {
    switch container {
    case .uImage(let header, let offset):
      kind = "uimage"
      self.offset = offset
      (name, nameHex) = (header.name.text, header.name.hexUnlessText)
      time = header.time
      operatingSystem = header.operatingSystemName ?? "number \(header.operatingSystem)"
      architecture = header.architectureName ?? "number \(header.architecture)"
      type = header.typeName ?? "number \(header.type)"
      compression = header.compression.name
      (loadAddress, entryPoint) = (header.loadAddress, header.entryPoint)
      dataSize = UInt64(header.dataSize)
      headerCrc = header.headerChecksum == .good ? "valid" : "invalid"
      switch header.data {
      case .checked(.good): dataCrc = "valid"
      case .checked(.wrong): dataCrc = "invalid"
      case .truncated(let present): (dataCrc, dataPresent) = ("truncated", present)
      case nil: break
      }
    case .flattenedImageTree(let offset):
      kind = "fit"
      self.offset = offset
    case .archive(let format, let member):
      kind = "archive"
      (self.format, self.member) = (format.rawValue, member)
    case .compressed(let format):
      kind = "compressed"
      self.format = format.rawValue
    case .hexDump(let addresses):
      kind = "hexdump"
      (address, dataSize) = (addresses.lowerBound, UInt64(addresses.count))
    case .spareAreas(let layout, let isFound):
      kind = "nand"
      (pageSize, oobSize) = (layout.pageSize, layout.oobSize)
      isDetected = isFound
    case .ubiVolume(let volume):
      kind = "ubi"
      offset = volume.deviceOffset
      name = volume.name
      type = volume.isStatic ? "static" : "dynamic"
      self.volume = volume.number
      (physicalBlockSize, blockSize) = (volume.physicalBlockSize, volume.blockSize)
    }
  }
}
