internal import JFFS2
internal import Storage

/// NAND dumps whose spare areas show by where nodes break.
extension FirmwareProbe {
  /// The data of a dump with spare areas of a size that is inferred; nil if that is not certain.
  func data(
    ofDump inner: ContainerPayload, _ breaks: [NodeBreak], _ gaps: [Range<UInt64>]
  ) throws(FirmwareError) -> ContainerPayload? {
    guard mayHaveSpareAreas(inner) else { return nil }
    if let layout = SpareAreaInference.layout(by: gaps, in: inner.range) {
      return inner.without(layout, isFound: true)
    }
    guard !breaks.isEmpty else { return nil }
    let inference = try storage { () throws(StorageError) in
      try SpareAreaInference(inner.image, inner.range, breaks)
    }
    do throws(JFFS2Error) {
      return try inference.found().map { inner.from($0.start).without($0.layout, isFound: true) }
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// The suggested option if many nodes are interrupted at the same distance.
  func spareAreaHint(
    _ inner: ContainerPayload, _ breaks: [NodeBreak], _ gaps: [Range<UInt64>]
  ) -> String? {
    guard mayHaveSpareAreas(inner),
      breaks.filter({ !$0.isUnfinished }).areRegular
        || SpareAreaInference.mayBeSpareAreas(gaps)
    else { return nil }
    return "nodes are damaged at regular distances; if it is a NAND dump with its spare areas: "
      + options.spelling(.oob(nil))
  }

  private func mayHaveSpareAreas(_ inner: ContainerPayload) -> Bool {
    options.spareArea == nil && !inner.isInUBI
      && inner.containers.allSatisfy { !$0.isSpareAreas }
  }
}
