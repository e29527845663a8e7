/// The events of a history, oldest first: versions decide within a directory and within a file, times between them.
package struct HistoryEvents: Sequence, IteratorProtocol {
  /// The events of one directory or one file, in order.
  struct OrderedEvents {
    let events: Contents
    /// For each event the sequence that must not begin before it.
    var opens: [Int: Int] = [:]
    /// For each event the sequence that must end before it.
    var closes: [Int: Int] = [:]
    var isOpen = true
    var next = 0
  }

  /// The events of the names in a directory, or the writes of a file's versions: 12 bytes each, of which there may be many.
  enum Contents {
    case names([HistoryEvent])
    case writes([VersionWrite])
  }

  /// A version of a file in ``History/versions``, and its number in a path.
  struct VersionWrite {
    let version: UInt32
    let path: UInt32
    let number: UInt32
  }

  /// The next event of a sequence: its time, its rank, and the sequence. A log of 4 GiB has fewer nodes than 29 bits can number.
  private struct Head: Comparable {
    private let key: UInt64

    init(time: UInt32, rank: UInt64, sequence: Int) {
      key = UInt64(time) << 32 | rank << 29 | UInt64(sequence)
    }

    var sequence: Int { Int(key & (1 << 29 - 1)) }

    /// The greatest is the one that comes first.
    static func < (left: Head, right: Head) -> Bool { left.key > right.key }
  }

  private let versions: [FileVersion]
  private var sequences: [OrderedEvents]
  private var heads = Heap<Head>()
  /// The first sequence that may not have been opened.
  private var firstUnopened = 0

  init(_ sequences: [OrderedEvents], _ versions: [FileVersion]) {
    self.sequences = sequences
    self.versions = versions
    for index in sequences.indices where sequences[index].isOpen { offer(index) }
  }

  package mutating func next() -> HistoryEvent? {
    while true {
      guard let head = heads.top else {
        guard openNext() else { return nil }
        continue
      }
      let index = head.sequence
      // One that another sequence has ended before.
      guard let event = event(index) else {
        heads.pop()
        continue
      }
      let next = sequences[index].next
      if let closed = sequences[index].closes[next], let last = self.event(closed) {
        sequences[closed].next += 1
        return last
      }
      sequences[index].next += 1
      if let head = self.head(index) { heads.replaceTop(with: head) } else { heads.pop() }
      if let opened = sequences[index].opens[next] { open(opened) }
      return event
    }
  }

  /// Opens a sequence that no event opened: directories that contain each other.
  private mutating func openNext() -> Bool {
    while firstUnopened < sequences.count, sequences[firstUnopened].isOpen { firstUnopened += 1 }
    guard firstUnopened < sequences.count else { return false }
    open(firstUnopened)
    return true
  }

  private mutating func open(_ index: Int) {
    guard !sequences[index].isOpen else { return }
    sequences[index].isOpen = true
    offer(index)
  }

  private mutating func offer(_ index: Int) {
    if let head = head(index) { heads.push(head) }
  }

  /// The next event of a sequence.
  private func event(_ index: Int) -> HistoryEvent? {
    let next = sequences[index].next
    switch sequences[index].events {
    case .names(let events): return next < events.count ? events[next] : nil
    case .writes(let writes):
      guard next < writes.count else { return nil }
      let (write, version) = (writes[next], versions[Int(writes[next].version)])
      return HistoryEvent(
        kind: version.kind, time: version.changeTime, path: Int(write.path), ino: version.ino,
        version: version, number: Int(write.number))
    }
  }

  private func head(_ index: Int) -> Head? {
    let next = sequences[index].next
    switch sequences[index].events {
    case .names(let events):
      guard next < events.count else { return nil }
      let time = events[next].time ?? events[next].version?.changeTime ?? 0
      return Head(time: time, rank: events[next].kind.rank, sequence: index)
    case .writes(let writes):
      guard next < writes.count else { return nil }
      let version = versions[Int(writes[next].version)]
      return Head(time: version.changeTime, rank: version.kind.rank, sequence: index)
    }
  }
}

extension FileVersion {
  /// The event that wrote it.
  fileprivate var kind: HistoryEvent.Kind { changesContents ? .written : .attributes }
}

extension HistoryEvent.Kind {
  /// The order of what happened in one second.
  fileprivate var rank: UInt64 {
    switch self {
    case .created, .linked: 0
    case .written: 1
    case .attributes: 2
    case .renamed: 3
    case .deleted: 4
    }
  }
}
