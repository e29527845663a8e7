internal import CLinux
internal import Glibc

/// The rights that a process keeps when it is confined, before it reads untrusted data.
///
/// A confined process can use the descriptors that it has open, memory and threads, and nothing else: it can open no path and no
/// socket, start no program, reach no other process. What it still needs must be open before:
///
/// - files to read from, and one to unpack into;
/// - files to write to, if that is more than standard output and error, or a directory to create files in;
/// - the time zone, with `tzset()` (and then `localtime_r`, since `localtime` reads the file again).
package struct SandboxPolicy: Sendable {
  /// A directory in which a process creates files, with the functions that CLinux has for it.
  ///
  /// It can make and fill new files and directories, open directories, and take names of files away; it can open no file that was there
  /// before, and set no attributes of what else is open. For root it becomes the directory that all paths start from. Others can still
  /// change the times of files elsewhere.
  package struct WritableDirectory: Sendable {
    /// Open for reading; stays open.
    package let descriptor: Int32
    /// Whether device nodes may be made.
    package let allowsDeviceNodes: Bool
    /// Whether files may get other owners, and what only root may give them; for root.
    package let allowsChown: Bool

    package init(descriptor: Int32, allowsDeviceNodes: Bool = false, allowsChown: Bool = false) {
      self.descriptor = descriptor
      self.allowsDeviceNodes = allowsDeviceNodes
      self.allowsChown = allowsChown
    }
  }

  /// Where files may be made; nil for nowhere.
  package var target: WritableDirectory?
  /// A file to write, open; nil for none but standard output.
  package var output: Int32?
  /// Directories that can be read with all below them, open; only without a target.
  package var readableDirectories: [Int32] = []
  /// Further files that are read, open.
  package var inputs: [Int32] = []
  /// The bytes of memory that can be written, stacks included; nil for no limit.
  package var memory: MemoryLimit?
  /// The length that a file can get, standard output where it is a file included; nil for no limit.
  package var fileSize: UInt64?
  /// The maximum number of open descriptors.
  package var descriptorCount: UInt64

  package init(
    target: WritableDirectory? = nil, output: Int32? = nil, memory: MemoryLimit? = nil,
    fileSize: UInt64? = nil
  ) {
    self.target = target
    self.output = output
    // Of files and directories in work a few of each.
    descriptorCount = target == nil ? 64 : 256
    self.memory = memory
    self.fileSize = fileSize
  }

  /// Gives everything else up, for good; to be called while the process has one thread.
  ///
  /// Never fails: an older kernel, or one whose container forbids it, protects less.
  ///
  /// Does nothing in a program that was built with a sanitizer or for coverage: it would end where its run time writes a report.
  ///
  /// - Returns: What could not be done.
  package func apply() -> [UnavailableProtection] {
    guard Self.isSupported else { return [] }
    clinux_default_crash_signals()
    var missing: [UnavailableProtection] = []
    func record(_ name: String, _ result: Int32) {
      if result != 0 { missing.append(UnavailableProtection(name: name, errno: -result)) }
    }
    record("no_new_privs", clinux_give_up_privileges())
    record("descriptor limit", clinux_limit_descriptors(descriptorCount))
    if let memory {
      record("memory limit", clinux_limit_memory(memory.byteCount, memory.hardLimit))
    }
    if let fileSize { record("file size limit", clinux_limit_file_size(fileSize)) }
    var hasRoot = false
    if let target, geteuid() == 0 {
      let result = clinux_take_as_root(target.descriptor)
      record("separate root directory", result)
      hasRoot = result == 0
    }
    record(
      "capability limit",
      clinux_drop_capabilities(
        target == nil ? 0 : 1, target?.allowsChown == true ? 1 : 0,
        target?.allowsDeviceNodes == true ? 1 : 0, readableDirectories.isEmpty ? 0 : 1))
    record("Landlock", confinePaths())
    // Last: it forbids all that is above.
    record(
      "seccomp",
      clinux_confine_calls(
        target?.descriptor ?? -1, hasRoot ? 1 : 0, readableDirectories.isEmpty ? 0 : 1))
    return missing
  }

  private func confinePaths() -> Int32 {
    // Sound: the callee reads this number of elements and keeps no pointer to them.
    unsafe readableDirectories.withUnsafeBufferPointer {
      unsafe clinux_confine_paths(
        target?.descriptor ?? -1, target?.allowsDeviceNodes == true ? 1 : 0, $0.baseAddress,
        Int32($0.count))
    }
  }

  /// Whether this program can be confined: one with a sanitizer or coverage cannot.
  package static var isSupported: Bool { clinux_is_instrumented() == 0 }

  /// Has standard input at /dev/null, for a process that does not read it.
  package static func redirectStandardInput() { clinux_detach_input() }

  /// Closes all descriptors but the standard ones and these: what the process was started with may include more than it knows.
  package static func closeAll(except descriptors: [Int32]) {
    let descriptors = descriptors.filter { $0 > 2 }.sorted()
    // Sound: the callee reads this number of elements and keeps no pointer.
    unsafe descriptors.withUnsafeBufferPointer {
      unsafe clinux_keep_only($0.baseAddress, Int32($0.count))
    }
  }
}
