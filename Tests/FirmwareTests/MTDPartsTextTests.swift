import Firmware
import Foundation
import TestSupport
import Testing

/// Tables as people have them: copied from terminals, boot logs and environments.
@Suite struct `Tables of partitions in text files` {
  private static let kernel = "64k(boot),128k(rootfs),128k(userdata),64k(conf)"
  private static let proc = [
    "dev:    size   erasesize  name", #"mtd0: 00010000 00010000 "boot""#,
    #"mtd1: 00020000 00010000 "rootfs""#, #"mtd2: 00020000 00010000 "userdata""#,
    #"mtd3: 00010000 00010000 "conf""#,
  ]
  private static let log = [
    #"0x000000000000-0x000000010000 : "boot""#, #"0x000000010000-0x000000030000 : "rootfs""#,
    #"0x000000030000-0x000000050000 : "userdata""#, #"0x000000050000-0x000000060000 : "conf""#,
  ]

  /// The partitions on a device of 384 KiB, the one of its size last.
  private func partitions(_ text: [UInt8]) throws -> [String] {
    let device = try #require(try MTDParts(text: text).devices.last)
    return device.resolve(deviceSize: 0x60000).map {
      "\($0.name) \($0.range.lowerBound >> 16)-\($0.range.upperBound >> 16)"
    }
  }

  private static func lines(_ lines: [String], _ prefix: String = "", end: String = "\n") -> String
  {
    lines.map { prefix + $0 + end }.joined()
  }

  @Test(arguments: [
    "sfc:\(kernel)\n", kernel, "\u{FEFF}sfc:\(kernel)", "mtdparts=sfc:\(kernel)\r\n",
    "[    0.0] Kernel command line: console=ttyS1 mtdparts=sfc:\(kernel) quiet\n",
    "baudrate=9600\nmtdparts=mtdparts=sfc:\(kernel)\nbootargs=mtdparts=${mtdparts}\nstdin=serial\n",
    "a=1\0bootargs=mem=40M mtdparts=sfc:\(kernel) init=/init\0b=2\0\0",
    "setenv bootargs 'mem=40M mtdparts=sfc:\(kernel)'\n", "mtdpartsnor8m=\(kernel)\nosmem=32M\n",
    "mtdparts=nand0:16M(x);sfc:\(kernel)",
    "mtdparts=sfc:64k(boot),12\n8k(root\r\nfs),128k(userdata),64k(conf)\n",
    "# cat /proc/mtd\n\(lines(proc))# \n", lines(proc, "  ", end: "\r\n"),
    lines(Array(proc.dropFirst())),
    lines(proc) + #"mtd4: 00020000 0001f000 "volume""#, lines(proc) + lines(proc),
    lines(log), lines(log, "[    1.234567] "), lines(log, "<5>[    1.2] ", end: "\r\n"),
    lines(log, "Fri Jun  5 10:48:36 2015 kern.notice kernel: [    0.49] "),
    lines(log) + lines(log), lines(log).replacingOccurrences(of: "0x0000", with: "0x"),
    "mtdparts=sfc:1M(other)\n4 cmdlinepart partitions found on MTD device sfc\n"
      + "Creating 4 MTD partitions on \"sfc\":\n\(lines(log))",
  ])
  func `are read in every form`(text: String) throws {
    #expect(
      try partitions(Array(text.utf8)) == ["boot 0-1", "rootfs 1-3", "userdata 3-5", "conf 5-6"])
  }

  @Test func `may be UTF-16, as PowerShell writes it`() throws {
    let units = Array("\u{FEFF}\(Self.lines(Self.proc, end: "\r\n"))".utf16)
    let text = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    #expect(try partitions(text).last == "conf 5-6")
  }

  @Test func `list partitions inside others relative to these`() throws {
    let text = """
      [ 2.0] 3 fixed-partitions partitions found on MTD device spi0.0
      [ 2.0] Creating 3 MTD partitions on "spi0.0":
      [ 2.0] 0x000000000000-0x000000010000 : "boot"
      [ 2.0] OF: Bad cell count for /palmbus@1e000000/spi@b00/flash@0/partitions
      [ 2.0] 0x000000010000-0x000000050000 : "firmware"
      [ 2.0] 2 uimage-fw partitions found on MTD device firmware
      [ 2.0] Creating 2 MTD partitions on "firmware":
      [ 2.0] 0x000000000000-0x000000010000 : "kernel"
      [ 2.0] 0x000000010000-0x000000040000 : "rootfs"
      [ 2.0] mtd: device 3 (rootfs) set to be root filesystem
      [ 2.0] 1 squashfs-split partitions found on MTD device rootfs
      [ 2.0] 0x000000020000-0x000000040000 : "rootfs_data"
      [ 2.0] 0x000000050000-0x000000060000 : "conf"

      """
    let expected = [
      "boot 0-1", "firmware 1-5", "kernel 1-2", "rootfs 2-5", "rootfs_data 3-5", "conf 5-6",
    ]
    #expect(try partitions(Array(text.utf8)) == expected)
    // The log of two starts.
    #expect(try partitions(Array((text + text).utf8)) == expected)
    let older = text.replacingOccurrences(
      of: #"[ 2.0] Creating 2 MTD partitions on "firmware":"#, with: ""
    )
    .replacingOccurrences(
      of: "0x000000000000-0x000000010000 : \"kernel",
      with: "0x000000010000-0x000000020000 : \"kernel"
    )
    .replacingOccurrences(
      of: "0x000000010000-0x000000040000 : \"rootfs",
      with: "0x000000020000-0x000000050000 : \"rootfs"
    )
    .replacingOccurrences(
      of: "0x000000020000-0x000000040000 : \"rootfs_data",
      with: "0x000000030000-0x000000050000 : \"rootfs_data")
    #expect(try partitions(Array(older.utf8)) == expected)
  }

  @Test(
    arguments: [
      (
        ["ALL 60", "boot 10", "rootfs 20", "conf 30"],
        ["ALL 0-6", "boot 0-1", "rootfs 1-3", "conf 3-6"]
      ),
      (
        ["boot 10", "rootfs 20", "conf 30", "all 60"],
        ["boot 0-1", "rootfs 1-3", "conf 3-6", "all 0-6"]
      ),
      (
        ["boot 10", "kernel 20", "rootfs 20", "conf 10", "upgrade 40"],
        ["boot 0-1", "kernel 1-3", "rootfs 3-5", "conf 5-6", "upgrade 1-5"]
      ),
      (
        ["boot 10", "firmware 50", "kernel 20", "rootfs 30", "rootfs_data 10"],
        ["boot 0-1", "firmware 1-6", "kernel 1-3", "rootfs 3-6", "rootfs_data 5-6"]
      ),
      (
        ["ALL 60", "boot 10", "kernel 10", "rootfs 40", "Kernel_RootFS 50"],
        ["ALL 0-6", "boot 0-1", "kernel 1-2", "rootfs 2-6", "Kernel_RootFS 1-6"]
      ),
      // Sizes that are sums of others by chance.
      (
        ["boot 10", "env 10", "kernel 20", "rootfs 20"],
        ["boot 0-1", "env 1-2", "kernel 2-4", "rootfs 4-6"]
      ),
      (["a 10", "b 10"], ["a 0-1", "b 1-2"]),
      // The dump is shorter than the device.
      (["boot 10", "rootfs 40", "conf 30"], ["boot 0-1", "rootfs 1-5", "conf 5-6"]),
    ])
  func `of sizes alone are laid out so that they fit the device`(
    sizes: [String], expected: [String]
  ) throws {
    let text = sizes.enumerated().map { number, row in
      let words = row.split(separator: " ")
      return "mtd\(number): 000\(words[1])000 00010000 \"\(words[0])\"\n"
    }
    #expect(try partitions(Array(text.joined().utf8)) == expected)
  }

  @Test(arguments: [
    ("", "no partition table found; supported are mtdparts=, /proc/mtd and the kernel's boot log"),
    (
      "hello\nworld (x)\n",
      "no partition table found; supported are mtdparts=, /proc/mtd and the kernel's boot log"
    ),
    ("sfc:64k(boot),12(x)", "at character 15: the partition is smaller than 4096 bytes"),
    (
      #"mtd0: 00010000 00010000 "boot""# + "\n" + #"mtd2: 00020000 00010000 "userdata""#,
      "mtd1 is not listed: a partition begins where the previous one ends"
    ),
    ("mtdparts=" + String(repeating: "4k,", count: 1024) + "4k", "more than 1024 partitions"),
  ])
  func `that are none, or have mistakes, are errors`(text: String, reason: String) throws {
    let error = #expect(throws: MTDParts.ParseError.self) {
      _ = try MTDParts(text: Array(text.utf8))
    }
    #expect(error?.reason == reason)
    #expect(try ErrorPage().explains("file: \(reason)"))
  }

  @Test func `are taken from the file after @`() throws {
    let workshop = try Workshop()
    try workshop.write(Array(Self.lines(Self.proc).utf8), "mtd")
    try workshop.write([UInt8](repeating: 0x20, count: (4 << 20) + 1), "long")
    func read(_ name: String) throws(MTDParts.ArgumentError) -> Int {
      try MTDParts(argument: Array("@\(workshop.folder.path)/\(name)".utf8)).devices[0].parts.count
    }
    #expect(try read("mtd") == 4)
    for (name, reason) in [
      ("none", "No such file or directory"), ("", "Is a directory"),
      ("long", "larger than 4 MiB: not a table"),
    ] {
      let path = "\(workshop.folder.path)/\(name)"
      let error = #expect(throws: MTDParts.ArgumentError.self) { _ = try read(name) }
      #expect(error == .unreadableFile(path, reason: reason))
    }
    #expect(
      throws: MTDParts.ArgumentError.unreadableFile("@", reason: "file name missing")
    ) {
      _ = try MTDParts(argument: Array("@".utf8))
    }
    #expect(try MTDParts(argument: Array("64k(a),-(b)".utf8)).devices[0].parts.count == 2)
  }

  @Test func `of many lines take time in proportion to their number`() throws {
    let text = String(
      repeating: "0x000000000000-0x000000010000 : \"boot\" mtdparts=\n", count: 20_000)
    #expect(try MTDParts(text: Array(text.utf8)).devices[0].parts.count == 1)
    let bare = String(repeating: "mtdparts=x(", count: 50_000)
    #expect(throws: MTDParts.ParseError.self) { _ = try MTDParts(text: Array(bare.utf8)) }
  }
}
