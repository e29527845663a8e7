import Firmware
import Testing

@Suite struct `MTD partition tables` {
  @Test(arguments: [
    (
      "mtdparts=f:256k(boot),2M(kernel)ro,-(home)",
      ["boot 0 40000", "kernel 40000 240000", "home 240000 800000"]
    ),
    ("f:64k@0x10000(a),64k(b)", ["a 10000 20000", "b 20000 30000"]),
    ("f:0x1000,4096", ["Partition_000 0 1000", "Partition_001 1000 2000"]),
    ("a:b:1M(x)lk;c:2M(y)", ["x 0 100000"]),
    ("f:1M(a),16M(b),1M(c)", ["a 0 100000", "b 100000 800000"]),
    ("f:-@1m(r)", ["r 100000 800000"]),
    ("f:1M(a:b,c)rolk", ["a:b,c 0 100000"]),
    ("f:1M(a),1M@0(a)", ["a 0 100000", "a 0 100000"]),
    ("f:020000(octal)", ["octal 0 2000"]),
  ])
  func `are read as the kernel does`(text: String, expected: [String]) throws {
    let device = try #require(try MTDParts(text).devices.first)
    let parts = device.resolve(deviceSize: 8 << 20)
    let texts = parts.map {
      "\($0.name) \(String($0.range.lowerBound, radix: 16)) \(String($0.range.upperBound, radix: 16))"
    }
    #expect(texts == expected)
  }

  @Test func `keep every device and need no flags`() throws {
    let table = try MTDParts("mtdparts=a:1M(x)ro,-(y)lk;b:2M")
    #expect(table.devices.map(\.id) == ["a", "b"])
    #expect(table.devices[0].parts.map(\.name) == ["x", "y"])
    #expect(table.devices[1].parts.map(\.size) == [2 << 20])
  }

  @Test(arguments: [
    ("", 0), ("mtdparts=", 9), ("1M(a)", 0), (":1M", 0), ("f:", 2), ("f:1M(a", 4), ("f:12(a)", 2),
    ("f:1M(a),", 8), ("f:-(a),1M(b)", 7), ("f:1M(a)x", 7), ("f:1M@(a)", 5),
    ("f:99999999999999999999k", 2),
    ("f:1M(a);", 8), ("f:1M,2[[way]", 5), ("f:2M(a,2M(b)", 4),
    ("f:256z(a)", 5),
  ])
  func `with a mistake name its place`(text: String, position: Int) throws {
    let error = #expect(throws: MTDParts.ParseError.self) { _ = try MTDParts(text) }
    #expect(error?.position == position)
    #expect(error?.description.contains("at character \(position + 1)") == true)
  }
}
