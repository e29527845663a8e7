import Firmware
import Testing

@Suite struct `Names of volumes` {
  @Test(arguments: [
    (["a", "b"], ["a", "b"]), (["a", "a", "a-1"], ["a", "a-1", "a-1-2"]),
    (["", ".", "..", "x/y\0"], ["partition0", "partition1", "partition2", "x_y_"]),
  ])
  func `are safe and no two alike`(names: [String], expected: [String]) {
    #expect(VolumeNames.unique(names) == expected)
  }

  @Test(
    arguments: [
      ("b", 1), ("1", 2), ("0", 0), ("0x20", 2), ("0x21", nil), ("3", nil), ("c", nil), ("", nil),
    ] as [(String, Int?)])
  func `choose by name, then number, then offset`(wanted: String, index: Int?) {
    #expect(
      VolumeNames.index(wanted, names: ["a", "b", "1"], offsets: [0, 0x10, 0x20]) == index)
  }

  @Test(arguments: [("x_y", 0), ("partition1", 1), ("x/y", 0), ("a-3", 2), ("a-3-3", 3)])
  func `of directories select, too`(wanted: String, index: Int) {
    let names = ["x/y", "..", "a-3", "a-3"]
    #expect(VolumeNames.index(wanted, names: names, offsets: [0, 1, 2, 3]) == index)
  }

  @Test func `that no partition has are answered with those that there are`() throws {
    let partitions = [try partition(jffs2())]
    #expect(try partitions.index(named: "0") == 0)
    let error = #expect(throws: PartitionNotFoundError.self) { try partitions.index(named: "x") }
    #expect(error?.description == "no JFFS2 partition x; there are: 0 jffs2@0x0 at 0x0")
  }
}
