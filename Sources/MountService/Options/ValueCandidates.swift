import FirmwareAccess
import Sandbox
import Support
import SystemPackage

/// The values of an option that names something in the firmware, for the completions of a shell.
package struct ValueCandidates: Equatable, Sendable {
  package enum Option: String, Sendable {
    case partition, member
  }

  let option: Option
  let firmware: FilePath
  let options: MountOptions

  /// - Parameters:
  ///   - words: The command line: the words of a shell, the last of which is incomplete, or all of it in one.
  /// - Returns: nil if the line names no firmware yet.
  package init?(_ option: Option, commandLine words: [String]) {
    var words = words.count == 1 ? ShellWords.split(words[0]) : words.map(ShellWords.unquoted)
    guard let typed = words.popLast() else { return nil }
    // Options before the incomplete one count.
    if let comma = typed.lastIndex(of: ",") {
      words.append(String(typed[..<comma]))
    } else if words.last?.hasPrefix("-") == true, words.last?.hasSuffix("o") == true {
      words.removeLast()
    }
    let arguments = words.dropFirst().map { Array($0.utf8) }
    guard
      case .mount(let firmware, _, let options) = try? Invocation(
        program: "jffs2fuse", arguments: arguments)
    else { return nil }
    (self.option, self.firmware, self.options) = (option, firmware, options)
  }

  /// The values, read from the firmware by this process, which loses its rights.
  func find() -> [String] {
    silenceStandardError()
    var options = options
    guard let file = FirmwareFile.openedForCompletion(firmware)
    else { return [] }
    options.table = try? options.readTable()
    let input = options.input(file)
    file.confine(options, Log(.standardError), keeping: [])
    let names = onDedicatedThread {
      switch option {
      case .partition: file.partitionNames(input)
      case .member: file.memberNames(input)
      }
    }
    // Commas and backslashes separate options.
    return names.filter { !$0.contains(",") && !$0.contains("\\") }
  }
}
