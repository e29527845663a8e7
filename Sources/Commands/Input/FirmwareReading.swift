internal import Firmware
package import FirmwareAccess
internal import Glibc
package import Sandbox
internal import Storage

/// How commands read firmware files: each is opened, then the process confined, then each loaded.
package enum FirmwareReading {
  /// More than any command starts.
  private static let threadLimit: UInt64 = 128

  /// Opens what commands will need, then gives the rest up, what the program was started with included. What an older system cannot
  /// forbid stays possible. The process must have one thread.
  package static func confine(_ policy: SandboxPolicy, _ files: [FirmwareFile], maxUnpacked: UInt64)
  {
    tzset()
    // A firmware that is read from standard input already has a separate descriptor.
    SandboxPolicy.redirectStandardInput()
    _ = FirmwareFile.confine(
      policy, for: files, maxUnpacked: maxUnpacked, threadLimit: threadLimit)
  }

  /// Loads several open files; two that have the same bytes are read once.
  package static func load(
    _ files: [(file: FirmwareFile, options: InputOptions)], isQuiet: Bool
  ) throws(ProgramError) -> [FirmwareImage] {
    var loaded: [FirmwareImage] = []
    for (file, options) in files {
      if let first = loaded.first, first.image.hasSameBytes(as: file.image) {
        loaded.append(first.renamed(file.path))
      } else {
        loaded.append(try load(file, options, isQuiet: isQuiet))
      }
    }
    return loaded
  }

  /// Loads an open file. A long search shows a line on a terminal, unless `isQuiet`.
  package static func load(
    _ file: FirmwareFile, _ options: InputOptions, isQuiet: Bool
  ) throws(ProgramError) -> FirmwareImage {
    guard Progress.isShown(isQuiet: isQuiet) else {
      return try FirmwareImage(loading: file, options)
    }
    let line = SearchProgressLine()
    defer { line.finish() }
    var options = options
    options.probe.onSearch = { line.show($0) }
    return try FirmwareImage(loading: file, options)
  }
}
