import ArgumentParser
import Commands
import Firmware
import FirmwareAccess
import JFFS2
import Sandbox
import Support
import SystemPackage

/// Completions with what is in the firmware of the command line.
extension CompletionKind {
  /// A path in the image.
  static let imagePath = CompletionKind.custom { words, index, typed in
    FirmwareCompletion(words, index, typed).paths()
  }

  /// A partition.
  static let partitionName = CompletionKind.custom { words, index, typed in
    FirmwareCompletion(words, index, typed).partitionNames()
  }

  /// A member of an archive.
  static let memberName = CompletionKind.custom { words, index, typed in
    FirmwareCompletion(words, index, typed).memberNames()
  }
}

/// A command that reads one firmware, for completions.
protocol CompletedCommand {
  /// The firmware and how it is read; nil if none is named yet.
  func completedInput() throws -> InputOptions?
}

private struct FirmwareCompletion {
  /// The command line without quotes; the word at `index` is incomplete.
  private var arguments: [String]
  private let index: Int
  private let typed: String

  /// - Parameter words: As the shell has them, or one with the whole line up to the word that is typed.
  init(_ words: [String], _ index: Int, _ typed: String) {
    if words.count == 1 {
      arguments = ShellWords.split(words[0])
      self.index = arguments.count - 1
      self.typed = arguments[self.index]
    } else {
      arguments = words.map(ShellWords.unquoted)
      self.index = index
      self.typed = ShellWords.unquoted(typed)
    }
  }

  func partitionNames() -> [String] {
    complete { file, options, command in
      guard command is UnwrapCommand else { return file.partitionNames(options) }
      var options = options
      (options.takesAnyFirmware, options.partition) = (true, nil)
      let firmware = try? FirmwareImage(loading: file, options)
      return (try? firmware?.parts())?.list.compactMap(\.name).completable ?? []
    }.filter { $0.hasPrefix(typed) }
  }

  func memberNames() -> [String] {
    complete { file, options, _ in file.memberNames(options) }.filter { $0.hasPrefix(typed) }
  }

  /// Names in one directory of the image, with a slash after those of directories.
  func paths() -> [String] {
    let directory = typed.lastIndex(of: "/").map { typed[...$0] } ?? ""
    let name = typed[directory.endIndex...]
    return complete { file, options, _ in
      guard let firmware = try? FirmwareImage(loading: file, options) else { return [] }
      let tree = ImageTree(firmware)
      guard let node = try? tree.resolve(Array(directory.utf8)),
        let entries = try? tree.children(of: node)
      else { return [] }
      return entries.map { String(decoding: $0.name, as: UTF8.self) }.completable
        .filter { $0.hasPrefix(name) && (!$0.hasPrefix(".") || name.hasPrefix(".")) }
        .map { found in
          let path = directory + found
          let node = try? tree.resolve(Array(path.utf8))
          let isDirectory = node.flatMap { try? tree.attributes(of: $0) }?.isDirectory ?? false
          return isDirectory ? path + "/" : String(path)
        }
    }
  }

  /// Reads the firmware of the command line, confined like any command; nothing if there is none that can be read.
  private func complete(
    _ names: (FirmwareFile, InputOptions, any ParsableArguments) -> [String]
  ) -> [String] {
    silenceStandardError()
    guard let (command, options) = input(),
      let file = FirmwareFile.openedForCompletion(options.path)
    else { return [] }
    FirmwareReading.confine(SandboxPolicy(), [file], maxUnpacked: options.probe.maxUnpacked)
    return onDedicatedThread { names(file, options, command) }
  }

  /// The command as it would be with any word in place of the one that is typed.
  private func input() -> (any ParsableArguments, InputOptions)? {
    var arguments = arguments
    arguments[index] = typed.isEmpty || typed.hasPrefix("-") ? "x" : typed
    // A command may lack an option without which it cannot run.
    for missing in [[], ["-o", "x"]] {
      guard let command = try? JFFS2Command.parseAsRoot(arguments.dropFirst() + missing),
        let options = try? (command as? any CompletedCommand)?.completedInput()
      else { continue }
      return (command, options)
    }
    return nil
  }
}
