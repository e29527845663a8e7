/// The first of 0..<`count` for which `isBehind`, which must stay true once it is, is true; `count` where it never is.
@inlinable package func partition(_ count: Int, isBehind: (Int) -> Bool) -> Int {
  var (low, high) = (0, count)
  while low < high {
    let middle = (low + high) / 2
    if isBehind(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
