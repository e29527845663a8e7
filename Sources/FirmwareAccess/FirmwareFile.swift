internal import CArchive
internal import Glibc
package import Sandbox
package import Storage
internal import Synchronization
package import SystemPackage

/// A firmware file or device, opened for reading. Nothing of its contents has been read.
///
/// A program opens what it needs, confines itself with ``confine(_:for:maxUnpacked:threadLimit:keeping:)``, and loads a
/// ``FirmwareImage`` from each file.
package struct FirmwareFile: Sendable {
  /// As the user gave it, for messages.
  package let path: String
  package let image: FlashImage
  /// Takes what is unpacked from the file.
  package let scratchFile = ScratchFile()

  /// Opens a file, a device, or `-` for standard input. What a pipe supplies is stored in an unnamed temporary file first.
  ///
  /// - Parameters:
  ///   - maxUnpacked: The maximum number of bytes that are stored of a pipe.
  ///   - style: How messages write options.
  /// - Throws: ``ProgramError``.
  package init(
    opening path: FilePath, maxUnpacked: UInt64, _ style: OptionStyle = .long
  ) throws(ProgramError) {
    guard !path.isEmpty else { throw ProgramError("the name of the firmware is empty", .usage) }
    self.path = path.string
    if let input = try FirmwareInput.open(path) {
      image = try input.image(maximum: maxUnpacked, style)
      return
    }
    do throws(StorageError) {
      image = try FlashImage(opening: path)
    } catch {
      throw ProgramError("\(error)", .failure)
    }
  }

  /// The open descriptor.
  package var descriptor: Int32 { image.fileDescriptor }
}

extension FirmwareFile {
  /// Opens what reading the files needs, then gives everything else up for good. The process must have one thread.
  ///
  /// - Parameters:
  ///   - policy: What the process keeps besides.
  ///   - maxUnpacked: The maximum number of bytes that are unpacked from each file.
  ///   - threadLimit: The maximum number of threads, for the memory of their stacks.
  ///   - kept: Open descriptors that are needed later.
  /// - Returns: What this system cannot forbid.
  package static func confine(
    _ policy: SandboxPolicy, for files: [FirmwareFile], maxUnpacked: UInt64, threadLimit: UInt64,
    keeping kept: [Int32] = []
  ) -> [UnavailableProtection] {
    carchive_prepare()
    let scratchFiles = files.map { $0.scratchFile.openedDescriptor() }
    SandboxPolicy.closeAll(
      except:
        files.map(\.descriptor) + scratchFiles + kept + policy.readableDirectories + policy.inputs
        + [policy.output, policy.target?.descriptor].compactMap(\.self))
    let byteCount = files.reduce(0) { $0 + $1.image.byteCount }
    let unpacked = maxUnpacked.multipliedReportingOverflow(by: UInt64(files.count))
    var policy = policy
    policy.fileSize = fileSize(policy, files, maxUnpacked)
    policy.memory = MemoryLimit(
      imageByteCount: byteCount,
      unpackedByteCount: unpacked.overflow ? .max : unpacked.partialValue,
      threadCount: threadLimit)
    Self.threadLimit.store(threadLimit, ordering: .relaxed)
    Self.byteCount.store(byteCount, ordering: .relaxed)
    return policy.apply()
  }

  /// Raises the limit of memory of a confined process if more bytes than the file has are to be read from it.
  func allowMemory(forByteCount count: UInt64) {
    let threadLimit = Self.threadLimit.load(ordering: .relaxed)
    guard threadLimit > 0, count > image.byteCount else { return }
    let total = Self.byteCount.wrappingAdd(count - image.byteCount, ordering: .relaxed).newValue
    MemoryLimit.raise(imageByteCount: total, threadCount: threadLimit)
  }

  /// The maximum number of threads of this process; 0 if it is not confined.
  private static let threadLimit = Atomic<UInt64>(0)
  /// The bytes of all files that this process reads, or what they unpack to: the limit of memory is the process's.
  private static let byteCount = Atomic<UInt64>(0)

  /// The length that a file may get. The lengths that standard output and error, and the file to write, have already, and may
  /// legitimately get, are unknown.
  private static func fileSize(
    _ policy: SandboxPolicy, _ files: [FirmwareFile], _ maxUnpacked: UInt64
  ) -> UInt64? {
    guard ![1, 2, policy.output ?? 1].contains(where: isRegularFile) else { return nil }
    guard policy.target != nil else { return maxUnpacked }
    // A part of a firmware file may be as long as the file.
    return files.reduce(max(maxUnpacked, maximumFileSize)) { max($0, $1.image.byteCount) }
  }

  /// The format's sizes have 32 bits.
  private static let maximumFileSize: UInt64 = 1 << 32

  private static func isRegularFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
