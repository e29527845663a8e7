/// Something that the log says happened.
package struct HistoryEvent: Sendable {
  package enum Kind: String, Sendable {
    /// The first name of a file or directory.
    case created
    /// A save.
    case written
    /// Other permissions, another owner or other times.
    case attributes
    /// Another name of a file.
    case linked
    case renamed
    case deleted
  }

  package let kind: Kind
  /// Seconds since 1970 by the device's clock; nil if unknown.
  package let time: UInt32?
  /// The index of the path, the old one of what was renamed.
  package let path: Int
  /// The index of the new path of what was renamed.
  package var newPath: Int?
  /// nil if nothing of the name but its deletion is left.
  package let ino: UInt32?
  package var isDirectory = false
  /// Whether nothing of the file's contents is left.
  package var isLost = false
  /// The version after the event, or before a deletion; nil for a directory, and if it is lost or unknown.
  package var version: FileVersion?
  /// The number of the version in its path.
  package var number: Int?
}

/// The order of events: versions decide within a directory and within a file, times between them.
struct HistoryEventMerger {
  /// The events of one directory or one file, in order.
  struct Sequence {
    var events: [HistoryEvent]
    /// For each event the sequence that must not begin before it.
    var opens: [Int: Int] = [:]
    /// For each event the sequence that must end before it.
    var closes: [Int: Int] = [:]
    var isOpen = true
    var next = 0

    /// The next event.
    var first: HistoryEvent? { next < events.count ? events[next] : nil }
  }

  private struct Head: Comparable {
    let time: UInt32
    let rank: Int
    let sequence: Int

    /// The greatest is the one that comes first.
    static func < (left: Head, right: Head) -> Bool {
      (left.time, left.rank, left.sequence) > (right.time, right.rank, right.sequence)
    }
  }

  private var sequences: [Sequence]
  private var heads = Heap<Head>()
  private var events: [HistoryEvent] = []

  private init(_ sequences: [Sequence]) {
    self.sequences = sequences
    events.reserveCapacity(sequences.reduce(0) { $0 + $1.events.count })
  }

  /// The events of all sequences in one order.
  static func merged(_ sequences: [Sequence]) -> [HistoryEvent] {
    var merger = HistoryEventMerger(sequences)
    for index in sequences.indices where sequences[index].isOpen { merger.offer(index) }
    merger.takeAll()
    // Directories nested.
    for index in sequences.indices where !merger.sequences[index].isOpen {
      merger.sequences[index].isOpen = true
      merger.offer(index)
      merger.takeAll()
    }
    return merger.events
  }

  private mutating func takeAll() {
    while let head = heads.top { take(head.sequence) }
  }

  private mutating func offer(_ index: Int) {
    if let head = head(index) { heads.push(head) }
  }

  private func head(_ index: Int) -> Head? {
    guard let event = sequences[index].first else { return nil }
    let time = event.time ?? event.version?.changeTime ?? 0
    return Head(time: time, rank: event.kind.rank, sequence: index)
  }

  /// - Parameter index: The sequence on top of the heap.
  private mutating func take(_ index: Int) {
    let next = sequences[index].next
    // One that another sequence has ended before.
    guard next < sequences[index].events.count else { return heads.pop() }
    if let closed = sequences[index].closes[next] {
      events += sequences[closed].events[sequences[closed].next...]
      sequences[closed].next = sequences[closed].events.count
    }
    events.append(sequences[index].events[next])
    sequences[index].next += 1
    if let head = head(index) { heads.replaceTop(with: head) } else { heads.pop() }
    if let opened = sequences[index].opens[next], !sequences[opened].isOpen {
      sequences[opened].isOpen = true
      offer(opened)
    }
  }
}

extension HistoryEvent.Kind {
  /// The order of what happened in one second.
  fileprivate var rank: Int {
    switch self {
    case .created, .linked: 0
    case .written: 1
    case .attributes: 2
    case .renamed: 3
    case .deleted: 4
    }
  }
}
