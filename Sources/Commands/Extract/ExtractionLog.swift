internal import Support
internal import Synchronization
internal import SystemPackage

/// The record of an extraction, written by all of its threads.
final class ExtractionLog: Sendable {
  /// An attribute that a file system need not be able to hold.
  enum Attribute: String, Sendable, CaseIterable {
    case owner
    case xattrs = "extended attributes"
    case permissions
    case times
  }

  /// The conflicts with existing files that are reported one by one.
  private static let maximumConflicts = 10

  private struct State {
    var report = ExtractionReport()
    /// The files that exist and were not replaced.
    var conflictCount = 0
    /// The nodes that are not in the target.
    var missing: Set<ImageTree.FileID> = []
    var unkept: [Attribute: (count: Int, first: String)] = [:]
  }

  private let state = Mutex(State())
  private let onFailure: @Sendable (String) -> Void

  /// - Parameter onFailure: Gets a line for each failure, on any thread.
  init(onFailure: @escaping @Sendable (String) -> Void) { self.onFailure = onFailure }

  func count(_ change: (inout ExtractionReport) -> Void) {
    state.withLock { change(&$0.report) }
  }

  /// Reports a requested entry that is missing or incomplete.
  ///
  /// - Parameter missing: The node, where nothing of it is in the target.
  func fail(_ path: [UInt8], _ reason: String, missing: ImageTree.FileID? = nil) {
    fail(path, reason, missing: missing, isConflict: false)
  }

  /// Reports an entry that the system did not create. Of conflicts with existing files, only the first ones are reported one by one.
  func fail(_ path: [UInt8], _ error: Errno, missing: ImageTree.FileID? = nil) {
    let conflicts: [Errno] = [.fileExists, .isDirectory, .notDirectory, .tooManySymbolicLinkLevels]
    fail(
      path, EntryCreator.reason(error), missing: missing, isConflict: conflicts.contains(error))
  }

  private func fail(
    _ path: [UInt8], _ reason: String, missing: ImageTree.FileID?, isConflict: Bool
  ) {
    let failure = ExtractionReport.Failure(
      path: path.jsonPath.text, pathHex: path.hexUnlessText, reason: reason)
    let isShown = state.withLock { state in
      state.report.failures.append(failure)
      if let missing { state.missing.insert(missing) }
      if isConflict { state.conflictCount += 1 }
      return !isConflict || state.conflictCount <= Self.maximumConflicts
    }
    guard isShown else { return }
    onFailure("\(DisplayName.inMessages.text(path)): \(reason)")
  }

  /// Reports the number of conflicts that were not reported one by one.
  func reportMoreConflicts() {
    let count = state.withLock { $0.conflictCount } - Self.maximumConflicts
    guard count > 0 else { return }
    onFailure(
      "\(NumberFormat.grouped(UInt64(count))) more \(count == 1 ? "exists" : "exist") already; "
        + "use --force to replace files")
  }

  func isMissing(_ node: ImageTree.FileID) -> Bool {
    state.withLock { $0.missing.contains(node) }
  }

  /// Notes that the target does not take an attribute; what reports a full or failing disk is a failure.
  func cannotKeep(_ attribute: Attribute, _ path: [UInt8], _ error: String) {
    state.withLock { state in
      let first = "\(DisplayName.inMessages.text(path)): \(error)"
      state.unkept[attribute, default: (0, first)].count += 1
    }
  }

  /// All that happened.
  var report: ExtractionReport {
    state.withLock { state in
      var report = state.report
      if report.devicesSkipped > 0 {
        report.notes.append(
          "\(NumberFormat.pluralized(report.devicesSkipped, "device node")) skipped; as root, use --devices"
        )
      }
      if report.partialVersions > 0 {
        report.notes.append(
          "\(NumberFormat.pluralized(report.partialVersions, "version")) with missing ranges, which are zeros in "
            + "the files; their names end in .partial")
      }
      for attribute in Attribute.allCases {
        guard let (count, first) = state.unkept[attribute] else { continue }
        let verb = attribute == .owner ? "is" : "are"
        report.notes.append(
          "the \(attribute.rawValue) of \(NumberFormat.pluralized(count, "file")) \(verb) not kept, as of \(first)"
        )
      }
      return report
    }
  }
}
