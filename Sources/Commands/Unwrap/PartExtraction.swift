package import FirmwareAccess
internal import CLinux
internal import Firmware
internal import SystemPackage
internal import Support

/// `jffs2 unwrap --all`: a file for each part of a firmware; put together in their order they are the whole.
package struct PartExtraction {
  private let directory: DirectoryHandle
  private let mode: UInt32
  private let isRaw: Bool
  /// The name of each file until it is complete.
  private let temporary: [UInt8]

  /// - Parameters:
  ///   - mode: The permissions of the files.
  ///   - isRaw: Whether the spare areas of a NAND dump are kept.
  package init(into target: ExtractionDestination, mode: UInt32, isRaw: Bool) {
    directory = target.directory
    self.mode = mode
    self.isRaw = isRaw
    temporary = Array(".jffs2-\(String(UInt64.random(in: 0 ... .max), radix: 36))".utf8)
  }

  /// Removes the incomplete file of a process that was interrupted.
  package func removeTemporaryFile() { try? directory.remove(temporary) }

  /// Writes all parts.
  ///
  /// - Returns: The number of files and of their bytes.
  /// - Throws: ``ProgramError`` with `.failure` where a file cannot be written, or one is there already, which is checked before any
  ///   is written.
  package func run(
    _ firmware: FirmwareImage, isQuiet: Bool
  ) throws(ProgramError) -> (fileCount: Int, byteCount: UInt64) {
    let parts = try firmware.parts()
    let files = parts.files.map { name, part in
      (name: name, bytes: BareBytes(parts.area.image, part.range, isRaw: isRaw))
    }
    for (name, _) in files
    where clinux_status_below(directory.descriptor, Array(name.utf8).span).error == 0 {
      throw Self.alreadyThere(name)
    }
    let total = files.reduce(0) { $0 + $1.bytes.byteCount }
    let progress = Progress("writing", total: total, isQuiet: isQuiet)
    defer { progress.finish() }
    for file in files { try write(file.bytes, file.name, progress) }
    return (files.count, total)
  }

  /// The summary of the written files, in one line.
  package static func summary(_ fileCount: Int, _ byteCount: UInt64, _ place: String) -> String {
    "\(NumberFormat.pluralized(fileCount, "file")), \(NumberFormat.bytes(byteCount)), in \(place)"
  }

  /// Writes a file under another name, and gives it its own when it is complete.
  private func write(
    _ bytes: BareBytes, _ name: String, _ progress: Progress
  ) throws(ProgramError) {
    let descriptor: Int32
    do throws(Errno) {
      descriptor = try directory.createFile(temporary)
    } catch {
      throw ProgramError("\(name): \(error)", .failure)
    }
    defer {
      try? FileDescriptor(rawValue: descriptor).close()
      try? directory.remove(temporary)
    }
    try bytes.write(to: BufferedOutput(descriptor: descriptor, name: name), progress)
    do throws(Errno) {
      let itself = DirectoryHandle.itself
      try DirectoryHandle.check(clinux_set_mode(descriptor, itself.span, mode))
      try directory.link(temporary, to: directory, as: Array(name.utf8))
    } catch {
      throw error == .fileExists
        ? Self.alreadyThere(name) : ProgramError("\(name): \(error)", .failure)
    }
  }

  private static func alreadyThere(_ name: String) -> ProgramError {
    ProgramError("\(name): already exists; choose another directory: -C DIR", .failure)
  }
}
