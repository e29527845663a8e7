/// The completion script for a shell, generated from `HelpText.options`.
package enum CompletionScript: String, CaseIterable, Sendable {
  case bash, zsh, fish

  /// The whole script, which the shell finds under the name that it wants.
  package var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  /// Each option after `-o`, with what it does.
  static let mountOptions = HelpText.options.flatMap { help in
    help.mountOptions.map { (option: $0, meaning: help.meaning) }
  }

  /// The options whose values are names in the firmware.
  static let namedValues = mountOptions.map(\.option.name).filter {
    ValueCandidates.Option(rawValue: $0) != nil
  }

  /// The mounts that `--unmount` is about, one per line.
  static let findMounts = "findmnt --list --noheadings --types fuse.jffs2fuse --output TARGET"
}
