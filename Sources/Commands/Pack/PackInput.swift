internal import CArchive
package import FirmwareAccess
internal import Firmware
internal import Glibc
package import Sandbox
package import Storage
internal import Support
package import SystemPackage

/// The input of a pack, in a process that has dropped all other privileges.
package struct PackInput {
  /// The firmware that is replaced, if there is one.
  package let firmware: FirmwareImage?
  /// Takes what is unpacked.
  package let scratchFile: ScratchFile

  /// - Parameters:
  ///   - options: How to read the old firmware; nil for none.
  ///   - confinement: What the process keeps.
  ///   - maxUnpacked: The most bytes that may be unpacked.
  /// - Throws: as ``FirmwareImage``.
  package init(
    _ options: InputOptions?, _ confinement: SandboxPolicy, maxUnpacked: UInt64, isQuiet: Bool
  ) throws(ProgramError) {
    if let options {
      let file = try FirmwareFile(options)
      scratchFile = file.scratchFile
      FirmwareReading.confine(confinement, [file], maxUnpacked: maxUnpacked)
      firmware = try onDedicatedThread { () throws(ProgramError) in
        try FirmwareReading.load(file, options, isQuiet: isQuiet)
      }
    } else {
      scratchFile = ScratchFile()
      firmware = nil
      let unpacking = scratchFile.openedDescriptor()
      tzset()
      carchive_prepare()
      SandboxPolicy.redirectStandardInput()
      SandboxPolicy.closeAll(
        except: [unpacking] + confinement.readableDirectories + confinement.inputs
          + [confinement.output].compactMap(\.self))
      _ = confinement.apply()
    }
  }

  /// Lines for a person, about the old firmware.
  package var warnings: [String] {
    guard let firmware else { return [] }
    return (firmware.warnings + firmware.damageSummaries).map { "\(firmware.path): \($0)" }
  }
}

/// Where a new file may be.
package enum PackDestination {
  /// Rejects the archive that is packed, and files inside the directory that is packed.
  ///
  /// - Throws: ``ProgramError`` with `.usage`.
  package static func check(_ path: FilePath, tree: FilePath) throws(ProgramError) {
    let parent = path.removingLastComponent()
    guard let packed = resolved(tree) else { return }
    // A link is followed, and a new file is in the directory.
    let places = [resolved(path), resolved(parent.isEmpty ? "." : parent)]
    guard places.contains(where: { $0?.starts(with: packed) == true }) else { return }
    throw ProgramError(
      "\(path): is \(tree), which is packed, or inside it; choose another name", .usage)
  }

  private static func resolved(_ path: FilePath) -> FilePath? {
    guard let real = unsafe path.withPlatformString({ unsafe realpath($0, nil) }) else {
      return nil
    }
    defer { unsafe free(real) }
    return unsafe FilePath(platformString: real)
  }
}
