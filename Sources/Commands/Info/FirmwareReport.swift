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
  /// The containers around the file systems, outermost first, for several file systems in their order.
  let containers: [ContainerReport]
  /// All parts of the flash memory; nil if a file system is all of it.
  let partitions: [PartReport]?
  let fileSystems: [FileSystemReport]
  /// Why parts are missing, of a firmware without JFFS2; nil if none are. A message, not a part of the document.
  package let flaw: String?

  /// The damage of the file around the file systems; messages, too.
  let damage: [String]

  private enum CodingKeys: CodingKey { case firmware, size, containers, partitions, fileSystems }

  /// Inspects all file systems.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where the firmware cannot be read.
  package init(_ firmware: FirmwareImage) throws(ProgramError) {
    self.firmware = firmware.path
    size = firmware.image.byteCount
    damage = firmware.damage
    var containers: [Container] = []
    for container in firmware.fileSystems.flatMap(\.partition.containers)
    where !containers.contains(container) {
      containers.append(container)
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
    let parts = try firmware.parts()
    flaw = parts.flaw
    self.containers = (containers + parts.containers).map(ContainerReport.init)
    let isOnlyFileSystem = parts.list.count == 1 && parts.list[0].contents == nil
    partitions =
      isOnlyFileSystem
      ? nil : zip(parts.list, parts.fileNames).map { PartReport($0, file: $1, reports) }
  }
}
