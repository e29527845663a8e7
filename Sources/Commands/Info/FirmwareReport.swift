internal import Firmware
package import FirmwareAccess
internal import JFFS2
internal import Storage

/// `jffs2 info`: what the firmware holds, how it is known, and how to make it again.
package struct FirmwareReport: Encodable, Sendable {
  /// As the user gave it.
  let firmware: String
  /// The bytes of the file.
  let size: UInt64
  /// What is around the file systems, outermost first; of several, in their order.
  let containers: [ContainerReport]
  /// What the partition table says; nil where none tells the borders.
  let partitions: [TableEntry]?
  let fileSystems: [FileSystemReport]

  /// A partition of the table, of whatever contents.
  struct TableEntry: Encodable, Sendable {
    let name: String
    let offset: UInt64
    let length: UInt64
    /// True where other partitions show its contents; else absent.
    let alias: Bool?
  }

  /// Looks at all file systems.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where the firmware cannot be read.
  package init(_ firmware: FirmwareImage) throws(ProgramError) {
    self.firmware = firmware.path
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
        throw ProgramError("\(firmware.path): \(error)", .failure)
      }
    }
    fileSystems = reports
  }
}
