package import Firmware
package import JFFS2
package import SystemPackage

/// The firmware and all that the user says about how to read it.
package struct InputOptions: Sendable {
  /// The firmware's path.
  package var path: FilePath
  /// The location options: offsets, tables, members, spare areas.
  package var probe: FirmwareProbe.Options
  /// The options for reading each file system.
  package var volume: Volume.Options
  /// The one file system that is wanted: a name, a number from 0, or an offset in hexadecimal; nil for all.
  package var partition: String?
  /// Whether ``partition`` has no meaning for a firmware with one file system.
  package var takesOnlyFileSystem = false
  /// Whether a firmware without JFFS2 is opened, for its parts.
  package var takesAnyFirmware = false
  /// Whether ``partition`` may be a part without JFFS2, or with one that cannot be read.
  package var takesAnyPart = false

  package init(
    path: FilePath, probe: FirmwareProbe.Options = FirmwareProbe.Options(),
    volume: Volume.Options = Volume.Options(), partition: String? = nil
  ) {
    self.path = path
    self.probe = probe
    self.volume = volume
    self.partition = partition
  }
}

extension FirmwareFile {
  /// Opens the firmware of the options.
  package init(_ options: InputOptions) throws(ProgramError) {
    try self.init(opening: options.path, maxUnpacked: options.probe.maxUnpacked)
  }
}
