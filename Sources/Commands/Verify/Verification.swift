package import FirmwareAccess
internal import JFFS2
internal import Synchronization

/// Checks all CRCs of a firmware's file systems and decompresses all that shows in files, on all processors.
package struct Verification {
  private let firmware: FirmwareImage
  private let progress: Progress?

  package init(_ firmware: FirmwareImage, progress: Progress? = nil) {
    self.firmware = firmware
    self.progress = progress
  }

  /// How many bytes there are to check, as the progress counts them.
  package static func byteCount(_ firmware: FirmwareImage) -> UInt64 {
    firmware.fileSystems.reduce(0) { $0 + 2 * UInt64($1.volume.range.length) }
  }

  /// Does all the work.
  ///
  /// - Throws: ``ProgramError`` where the image cannot be read.
  package func run() throws(ProgramError) -> VerificationReport {
    var fileSystems: [VerificationReport.FileSystem] = []
    for fileSystem in firmware.fileSystems {
      do throws(JFFS2Error) {
        fileSystems.append(try verify(fileSystem))
      } catch {
        throw ProgramError("\(firmware.path): \(error)", .failure)
      }
    }
    return VerificationReport(
      firmware: firmware.path, fileSystems: fileSystems,
      containerFindings: firmware.damage.map { Finding(.container, $0) })
  }

  private func verify(
    _ fileSystem: FirmwareImage.FileSystem
  ) throws(JFFS2Error) -> VerificationReport.FileSystem {
    let volume = fileSystem.volume
    let work = VerificationWork.items(of: volume)
    let results = Mutex(VerificationResults())
    Parallel.forEach(work) { item in
      var part = VerificationResults()
      do throws(JFFS2Error) {
        try item.run(volume, &part, progress)
      } catch {
        part.failure = error
      }
      results.withLock { $0.add(part) }
    }
    let all = results.withLock { $0 }
    if let failure = all.failure { throw failure }
    return try all.summarized(fileSystem)
  }
}
