internal import Firmware
internal import JFFS2
internal import Storage

/// `jffs2 info`: what the firmware holds, how it is known, and how to make it again.
package struct FirmwareReport: Encodable, Sendable {
  let path: String
  /// The bytes of the file.
  let size: UInt64
  /// The containers around the file systems, outermost first, for several file systems in their order.
  let containers: [ContainerReport]
  /// The entries of the partition table; nil if none defines the boundaries.
  let partitions: [TableEntry]?
  let fileSystems: [FileSystemReport]

  /// A partition of the table, with any contents.
  struct TableEntry: Encodable, Sendable {
    let name: String
    let offset: UInt64
    let length: UInt64
    /// True where other partitions show its contents; else absent.
    let alias: Bool?
  }

  /// Examines all file systems.
  ///
  /// - Throws: ``CommandFailure`` with `.unreadable` where the firmware cannot be read.
  package init(_ firmware: OpenedFirmware) throws(CommandFailure) {
    path = firmware.path
    size = firmware.image.byteCount
    var containers: [Container] = []
    for container in firmware.fileSystems.flatMap(\.partition.containers)
    where !containers.contains(container) {
      containers.append(container)
    }
    self.containers = containers.map(ContainerReport.init)
    let table = firmware.fileSystems.lazy.map(\.partition.table).first { !$0.isEmpty }
    partitions = table?.map {
      TableEntry(
        name: $0.name, offset: $0.range.lowerBound,
        length: $0.range.upperBound - $0.range.lowerBound, alias: $0.isAlias ? true : nil)
    }
    let tree = ImageTree(firmware)
    var reports: [FileSystemReport] = []
    for index in firmware.fileSystems.indices {
      do throws(JFFS2Error) {
        reports.append(try FileSystemReport(index, of: firmware, tree))
      } catch {
        throw CommandFailure("\(firmware.path): \(error)", .unreadable)
      }
    }
    fileSystems = reports
  }
}
