/// A heap with the greatest element on top.
struct Heap<Element: Comparable> {
  private var items: [Element] = []

  var top: Element? { items.first }

  mutating func push(_ item: Element) {
    items.append(item)
    var child = items.count - 1
    while child > 0, items[(child - 1) / 2] < items[child] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() {
    items.swapAt(0, items.count - 1)
    items.removeLast()
    sinkTop()
  }

  /// Removes the top and pushes an item.
  mutating func replaceTop(with item: Element) {
    items[0] = item
    sinkTop()
  }

  private mutating func sinkTop() {
    var parent = 0
    while true {
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      var largest = parent
      if left < items.count, items[left] > items[largest] { largest = left }
      if right < items.count, items[right] > items[largest] { largest = right }
      guard largest != parent else { return }
      items.swapAt(parent, largest)
      parent = largest
    }
  }
}
