import JFFS2
import Storage
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

// Does one piece of the reader's work without mount and kernel, as often as asked: for a clock, or for callgrind.

let usage = """
  usage: jffs2-benchmark scan|fragments TIMES IMAGE
         jffs2-benchmark decode TIMES IMAGE [INO]
         jffs2-benchmark rubinmips|dynrubin|lzma TIMES
  """

/// The exit code, after a message where it is not 0.
func run(_ arguments: ArraySlice<String>) throws -> Int32 {
  guard let work = arguments.first, let times = arguments.dropFirst().first.flatMap({ Int($0) })
  else {
    print(usage)
    return 64
  }
  let rest = Array(arguments.dropFirst(2))
  if let codec = CodecWork(named: work) {
    try codec.run(times: times)
    return 0
  }
  guard let path = rest.first else {
    print(usage)
    return 64
  }
  let image = try FlashImage(opening: FilePath(path))
  let range = try FlashRange(image, 0..<image.byteCount)
  switch work {
  case "scan": try ImageWork.scan(range, times: times)
  case "fragments": try ImageWork.buildFragments(range, times: times)
  case "decode":
    let ino = rest.count > 1 ? UInt32(rest[1]) : nil
    print(try ImageWork.decode(range, ino: ino, times: times))
  default:
    print(usage)
    return 64
  }
  return 0
}

do {
  exit(try run(CommandLine.arguments.dropFirst()))
} catch {
  print("jffs2-benchmark: \(error)")
  exit(2)
}
