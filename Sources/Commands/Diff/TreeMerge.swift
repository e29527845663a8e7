internal import FirmwareAccess

/// Two walks at once: each path once, in order, with what each tree has there.
struct TreeMerge {
  typealias Step = (old: ComparedEntry?, new: ComparedEntry?)

  private var oldWalk: (any EntryWalk)?
  private var newWalk: (any EntryWalk)?
  private var old: ComparedEntry?
  private var new: ComparedEntry?

  /// - Parameter old: nil where the tree has nothing.
  init(_ old: (any EntryWalk)?, _ new: (any EntryWalk)?) throws(ProgramError) {
    (oldWalk, newWalk) = (old, new)
    self.old = try oldWalk?.next()
    self.new = try newWalk?.next()
  }

  /// The next step in the order of paths; nil at the end.
  mutating func next() throws(ProgramError) -> Step? {
    let step: Step
    switch (old, new) {
    case (nil, nil): return nil
    case (let first?, let second?):
      if first.path.isOrdered(before: second.path) {
        step = (first, nil)
      } else if second.path.isOrdered(before: first.path) {
        step = (nil, second)
      } else {
        step = (first, second)
      }
    case (let first, let second): step = (first, second)
    }
    if step.old != nil { old = try oldWalk?.next() }
    if step.new != nil { new = try newWalk?.next() }
    if step.old?.hasUnknownNames == true || step.new?.hasUnknownNames == true {
      try skip(below: (step.old ?? step.new)?.path?.names ?? [])
    }
    return step
  }

  /// Passes over what is in a directory that one of the trees cannot list.
  private mutating func skip(below names: [[UInt8]]) throws(ProgramError) {
    while let entry = old, entry.path?.names.starts(with: names) == true {
      old = try oldWalk?.next()
    }
    while let entry = new, entry.path?.names.starts(with: names) == true {
      new = try newWalk?.next()
    }
  }
}
