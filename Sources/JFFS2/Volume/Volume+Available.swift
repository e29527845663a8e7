/// A range of a file that could not be read.
public struct LostRange: Equatable, Sendable {
  /// In bytes of the file.
  public let range: Range<UInt64>
  /// `.damaged` with the node that held the range, or `.storage` where the image's bytes could not be read.
  public let error: JFFS2Error
}

/// The result of reading around what is lost.
public struct AvailableBytes: Equatable, Sendable {
  /// The bytes of the file that the buffer holds now, from the requested offset on.
  public let range: Range<UInt64>
  /// The parts of ``range`` that are lost and zeros in the buffer, ascending.
  public let lost: [LostRange]

  /// The parts of ``range`` that were read, ascending.
  public var available: [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    var position = range.lowerBound
    for lost in lost.map(\.range) {
      if position < lost.lowerBound { ranges.append(position..<lost.lowerBound) }
      position = lost.upperBound
    }
    if position < range.upperBound { ranges.append(position..<range.upperBound) }
    return ranges
  }
}

extension Volume {
  /// Fills `buffer` with a regular file's bytes from `offset` on, and with zeros where they are lost.
  ///
  /// As ``read(_:at:into:)``, but a damaged node, or one that the medium does not give, loses no more than the bytes that only it holds.
  /// If not even the size of the file is known, all of the buffer counts as lost.
  public func readAvailable(
    _ ino: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) -> AvailableBytes {
    do throws(JFFS2Error) {
      let tree = try fragmentTree(of: ino)
      let count = Int(min(UInt64(buffer.count), tree.size - min(offset, tree.size)))
      var part = buffer.part(0..<count)
      return readAvailable(ino, offset..<offset + UInt64(count), tree, into: &part)
    } catch {
      buffer.fillWithZeros(0..<buffer.count)
      let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
      let range = offset..<(overflow ? .max : end)
      return AvailableBytes(range: range, lost: [LostRange(range: range, error: error)])
    }
  }

  /// - Parameters:
  ///   - range: A range inside the file.
  ///   - buffer: As long as the range.
  private func readAvailable(
    _ ino: UInt32, _ range: Range<UInt64>, _ tree: FragmentTree,
    into buffer: inout MutableSpan<UInt8>
  ) -> AvailableBytes {
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    var tree = tree
    var lost: [LostRange] = []
    var position = range.lowerBound
    // One read of the image fetches several nodes: once it has failed, each is fetched alone.
    var isFragmentwise = false
    while position < range.upperBound {
      let end = isFragmentwise ? tree.endOfFragment(at: position) : range.upperBound
      do throws(JFFS2Error) {
        try fill(
          &buffer, of: ino, from: range.lowerBound, &position, to: min(end, range.upperBound),
          &tree, context)
      } catch {
        var end = tree.endOfFragment(at: position)
        switch error {
        case .damaged(let damage): end = damage.range.upperBound
        case _ where !isFragmentwise:
          isFragmentwise = true
          continue
        default: break
        }
        let loss = position..<min(max(end, position + 1), range.upperBound)
        buffer.fillWithZeros(
          Int(loss.lowerBound - range.lowerBound)..<Int(loss.upperBound - range.lowerBound))
        lost.append(LostRange(range: loss, error: error))
        position = loss.upperBound
      }
    }
    return AvailableBytes(range: range, lost: lost.joined)
  }
}

extension [LostRange] {
  /// The ranges with those as one that follow each other and that the medium does not give; the first error is kept.
  fileprivate var joined: [LostRange] {
    var joined: [LostRange] = []
    for lost in self {
      if case .storage = lost.error, let last = joined.last, case .storage = last.error,
        last.range.upperBound == lost.range.lowerBound
      {
        joined[joined.count - 1] = LostRange(
          range: last.range.lowerBound..<lost.range.upperBound, error: last.error)
      } else {
        joined.append(lost)
      }
    }
    return joined
  }
}
