internal import JFFS2

/// A name, number or offset that none of the partitions has.
package struct NoSuchPartition: Error, Equatable {
  /// The requested partition.
  package let wanted: String
  /// The existing partitions, with their numbers, names and offsets.
  package let present: [String]
}

extension NoSuchPartition: CustomStringConvertible {
  /// The problem and a suggested fix, without the file's name.
  package var description: String {
    "no JFFS2 partition \(wanted); there are: \(present.joined(separator: ", "))"
  }
}

extension [Partition] {
  /// The indices of those to serve: the one selected by the user, or all that are not aliases.
  package func indices(named wanted: String?) throws(NoSuchPartition) -> [Int] {
    guard let wanted else { return indices.filter { !self[$0].isAlias } }
    return [try index(named: wanted)]
  }

  /// The index of the one selected by the user: see ``VolumeNames/index(_:names:offsets:)``.
  package func index(named wanted: String) throws(NoSuchPartition) -> Int {
    let index = VolumeNames.index(
      wanted, names: map(\.name), offsets: map(\.offset))
    if let index { return index }
    throw NoSuchPartition(
      wanted: wanted,
      present: enumerated().map { number, partition in
        "\(number) \(partition.name) at 0x\(String(partition.offset, radix: 16))"
          + (partition.isAlias ? " (alias)" : "")
      })
  }
}
