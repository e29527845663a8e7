internal import JFFS2
internal import Storage
internal import Support

/// A name, number or offset that none of the partitions has.
package struct PartitionNotFoundError: Error, Equatable {
  /// The partition that the user requested.
  package let wanted: String
  /// The existing partitions, with their numbers, names and offsets.
  package let present: [String]
  /// The name of one that may be meant.
  package let nearest: String?
  /// The contents of the partition with this name, which is not JFFS2.
  package var contents: String?
}

extension PartitionNotFoundError: CustomStringConvertible {
  /// The problem and the existing partitions, without the file's name.
  package var description: String {
    let reason =
      contents.map {
        " (it contains \($0); to write it to a file: jffs2 unwrap --partition \(wanted.shellQuoted) -o FILE)"
      } ?? ""
    let meant = nearest.map { "; did you mean \($0)?" } ?? ""
    return
      "no JFFS2 partition \(wanted)\(reason); there are: \(present.joined(separator: ", "))\(meant)"
  }
}

extension [Partition] {
  /// The indices of the partitions to serve: the one that the user means, else all that are not aliases.
  package func indices(named wanted: String?) throws(PartitionNotFoundError) -> [Int] {
    guard let wanted else { return indices.filter { !self[$0].isAlias } }
    return [try index(named: wanted)]
  }

  /// The index of the one that the user means: see ``VolumeNames/index(_:names:offsets:)``.
  package func index(named wanted: String) throws(PartitionNotFoundError) -> Int {
    let index = VolumeNames.index(
      wanted, names: map(\.name), offsets: map(\.offset))
    if let index { return index }
    throw PartitionNotFoundError(
      wanted: wanted,
      present: enumerated().map { number, partition in
        "\(number) \(partition.name) at \(partition.offset.hexadecimal)"
          + (partition.isAlias ? " (alias)" : "")
      }, nearest: map(\.name).nearest(to: wanted))
  }
}
