internal import Foundation

/// Why `sha256sum` gave no answer.
package struct SHA256Error: Error {
  let status: Int32
}

/// The SHA-256 of each item in hexadecimal; one run of `sha256sum` for all.
package func sha256Sums(_ items: [[UInt8]]) throws -> [String] {
  guard !items.isEmpty else { return [] }
  let folder = URL(fileURLWithPath: "/dev/shm/jffs2-test-\(UInt64.random(in: 0 ... .max))")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  for (index, bytes) in items.enumerated() {
    try Data(bytes).write(to: folder.appendingPathComponent("\(index)"))
  }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
  process.currentDirectoryURL = folder
  process.arguments = items.indices.map { "\($0)" }
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw SHA256Error(status: process.terminationStatus)
  }
  return String(decoding: output, as: UTF8.self).split(separator: "\n").map {
    String($0.prefix(64))
  }
}
