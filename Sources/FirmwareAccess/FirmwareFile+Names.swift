internal import Firmware
internal import JFFS2
package import SystemPackage
internal import Glibc
internal import Support

extension FirmwareFile {
  /// Opens a firmware for a completion: only a file or disk, which does not make a shell wait.
  package static func openedForCompletion(_ path: FilePath) -> FirmwareFile? {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0,
      [S_IFREG, S_IFBLK].contains(status.st_mode & S_IFMT)
    else { return nil }
    return try? Self(opening: path, maxUnpacked: 0)
  }

  /// The names that the option for a partition takes.
  package func partitionNames(_ options: InputOptions) -> [String] {
    (try? probe(options.probe).partitions())?.map(\.name).completable ?? []
  }

  /// The names that the option for an archive's member takes; none in a file that is not an archive.
  package func memberNames(_ options: InputOptions) -> [String] {
    var probed = options.probe
    // A name that no member has.
    probed.member = "\0"
    do throws(FirmwareError) {
      _ = try probe(probed).partitions()
    } catch {
      if case .memberNotFound(_, let members) = error { return members.names.completable }
    }
    return []
  }

  private func probe(_ options: FirmwareProbe.Options) -> FirmwareProbe {
    var options = options
    options.scratchFile = scratchFile
    return FirmwareProbe(image, options)
  }
}

extension [String] {
  /// Those that people can read and type, for a shell's line.
  package var completable: [String] {
    filter { name in
      !name.isEmpty && !name.unicodeScalars.contains { $0.isControl || $0 == "\u{FFFD}" }
    }
  }
}

/// Silences standard error, which a terminal would mix with what is being typed.
package func silenceStandardError() {
  let null = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
  guard null >= 0 else { return }
  dup2(null, 2)
  close(null)
}
