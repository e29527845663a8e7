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

  private struct State {
    var report = ExtractionReport()
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
    let failure = ExtractionReport.Failure(
      path: path.jsonPath.text, pathHex: path.hexUnlessText, reason: reason)
    state.withLock { state in
      state.report.failures.append(failure)
      if let missing { state.missing.insert(missing) }
    }
    onFailure("\(DisplayName.inMessages.text(path)): \(reason)")
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
