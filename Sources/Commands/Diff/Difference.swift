internal import JFFS2

/// The old tree of a comparison, or the new one.
enum Side: String, Sendable {
  case old, new
}

/// One path that two trees do not have in common as it is.
struct Difference: Sendable {
  enum Change: String, Sendable {
    case added, removed, changed, renamed
  }

  /// A respect in which a path that both trees have can differ.
  enum Aspect: String, CaseIterable, Sendable {
    case type, contents, mode, owner, target, device, xattrs, times, damage
  }

  let change: Change
  /// The entry of the old tree; nil if there is none.
  var old: ComparedEntry?
  var new: ComparedEntry?
  /// In the order in which they are listed; of what was added or removed, damage only.
  var aspects: [Aspect] = []

  /// The names of the extended attributes that differ, by the rules of the comparison.
  private(set) var xattrNames: [[UInt8]] = []

  /// The path in the new tree, or in the old one where it was removed.
  var path: TreePath? { new?.path ?? old?.path }

  init(_ change: Change, old: ComparedEntry? = nil, new: ComparedEntry? = nil) {
    self.change = change
    self.old = old
    self.new = new
    if old?.faults.isEmpty == false || new?.faults.isEmpty == false { aspects = [.damage] }
  }

  /// Compares the attributes of a path that both trees have.
  mutating func compare(_ old: EntryAttributes, _ new: EntryAttributes, _ rules: ComparisonRules) {
    xattrNames = rules.differingXattrs(old, new)
    aspects = differences(old, new, rules) + aspects
  }

  /// Notes what cannot be read on one side, each fault once.
  mutating func add(_ fault: EntryFault, _ side: Side) {
    guard (side == .old ? old : new)?.faults.contains(fault) == false else { return }
    if aspects.last != .damage { aspects.append(.damage) }
    if side == .old { old?.faults.append(fault) } else { new?.faults.append(fault) }
  }

  /// The faults of both entries.
  var faults: [(side: Side, fault: EntryFault)] {
    (old?.faults ?? []).map { (.old, $0) } + (new?.faults ?? []).map { (.new, $0) }
  }
}

extension Difference {
  /// The differences in the attributes of a path that both trees have.
  private func differences(
    _ old: EntryAttributes, _ new: EntryAttributes, _ rules: ComparisonRules
  ) -> [Aspect] {
    guard old.type == new.type else { return [.type] }
    var aspects: [Aspect] = []
    if old.size != new.size { aspects.append(.contents) }
    // Owners and such bits go when a user copies a file.
    let bits: UInt32 = rules.comparesOwners ? 0o7777 : 0o1777
    // A symbolic link's permissions mean nothing.
    if old.type != .symbolicLink, old.mode & bits != new.mode & bits { aspects.append(.mode) }
    if rules.comparesOwners, (old.uid, old.gid) != (new.uid, new.gid) { aspects.append(.owner) }
    if old.target != new.target { aspects.append(.target) }
    if old.device != new.device { aspects.append(.device) }
    if !xattrNames.isEmpty { aspects.append(.xattrs) }
    if rules.comparesTimes, old.modificationTime != new.modificationTime { aspects.append(.times) }
    return aspects
  }
}

/// The selection of attributes to compare: those that both trees know.
struct ComparisonRules: Sendable {
  let comparesOwners: Bool
  let comparesRoot: Bool
  let comparesTimes: Bool
  private let comparesPrivilegedXattrs: Bool

  /// All but times.
  init() {
    (comparesOwners, comparesRoot, comparesPrivilegedXattrs) = (true, true, true)
    comparesTimes = false
  }

  init(_ old: any ComparedTree, _ new: any ComparedTree, comparesTimes: Bool) {
    comparesOwners = old.hasOwners && new.hasOwners
    comparesRoot = old.hasRoot && new.hasRoot
    comparesPrivilegedXattrs = old.hasPrivilegedXattrs && new.hasPrivilegedXattrs
    self.comparesTimes = comparesTimes
  }

  /// The names, in order, of the attributes that differ of those that both trees can show: in a directory, the system adds some and
  /// hides others.
  func differingXattrs(_ old: EntryAttributes, _ new: EntryAttributes) -> [[UInt8]] {
    guard let old = old.xattrs, let new = new.xattrs, old != new else { return [] }
    return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] && comparesXattr($0) }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  private func comparesXattr(_ name: [UInt8]) -> Bool {
    comparesPrivilegedXattrs || name == Array("security.capability".utf8)
      || !(XattrNamespace(ofName: name)?.isPrivileged ?? false)
  }
}
