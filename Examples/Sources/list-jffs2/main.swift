// list-jffs2 IMAGE: every path in a JFFS2 image, one per line.
import Glibc
import JFFS2

func list(_ volume: Volume) throws(JFFS2Error) {
  var directories: Set<InodeNumber> = []
  var pending: [(ino: InodeNumber, path: String)] = [(Volume.rootIno, "")]
  while let (ino, path) = pending.popLast() {
    if ino != Volume.rootIno { print(path) }
    // A damaged image may have names that lead nowhere, and a hostile one directories that contain themselves.
    guard let attributes = try? volume.attributes(of: ino), attributes.isDirectory,
      directories.insert(ino).inserted
    else { continue }
    for entry in try volume.entries(of: ino).reversed() {
      pending.append((entry.ino, path + "/" + String(decoding: entry.name, as: UTF8.self)))
    }
  }
}

guard CommandLine.arguments.count == 2 else {
  print("usage: list-jffs2 IMAGE")
  exit(2)
}
do throws(JFFS2Error) {
  try list(try Volume(path: CommandLine.arguments[1]))
} catch {
  print("list-jffs2: \(error)")
  exit(1)
}
