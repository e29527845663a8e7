internal import Storage
internal import Support

extension CompletionScript {
  static var zshText: String {
    let values = mountOptions.map { option, meaning in
      var text = option.name + described(meaning)
      if let placeholder = option.placeholder {
        let action =
          namedValues.contains(option.name)
          ? "->" + option.name
          : option.choices.isEmpty ? " " : "(\(option.choices.joined(separator: " ")))"
        text += ":\(option.choices.isEmpty ? placeholder : option.name):\(action)"
      }
      return "    \(text.singleQuoted)"
    }
    let flags = HelpText.options.flatMap { help in
      let excluded = help.flags.count > 1 ? "(\(help.flags.joined(separator: " ")))" : ""
      return help.flags.map { flag in
        switch flag {
        case "-o": "    '*-o\(described("mount options")):mount options:_jffs2fuse_options'"
        case "--generate-completion-script":
          "    \((flag + described(help.meaning) + ":shell:(\(allCases.map(\.rawValue).joined(separator: " ")))").singleQuoted)"
        default: "    \((excluded + flag + described(help.meaning)).singleQuoted)"
        }
      }
    }
    return """
      #compdef jffs2fuse

      _jffs2fuse_options() {
        local context state state_descr line ret=1
        typeset -A val_args
        _values -s , -C 'mount option' \\
      \(values.joined(separator: " \\\n")) && ret=0
        if [[ $state == (\(namedValues.joined(separator: "|"))) ]]; then
          local -a names
          names=(${(f)"$(${words[1]} --complete $state "${(@)words[1,CURRENT]}" 2>/dev/null)"})
          _wanted names expl "$state" compadd -- $names && ret=0
        fi
        return ret
      }

      _jffs2fuse_first() {
        if (( ${words[(I)--unmount]} )); then
          local -a mounts
          mounts=(${(f)"$(\(findMounts) 2>/dev/null)"})
          _wanted mounts expl mountpoint compadd -f -- $mounts
        elif (( ${words[(I)--doctor]} )); then
          _files -/
        else
          _files
        fi
      }

      _jffs2fuse() {
        _arguments -s -S \\
      \(flags.joined(separator: " \\\n")) \\
          '1:firmware or mountpoint:_jffs2fuse_first' \\
          '2:mountpoint:_files -/'
      }

      _jffs2fuse "$@"

      """
  }

  /// A description in brackets, as `_arguments` and `_values` want it.
  private static func described(_ meaning: String) -> String {
    var text = "["
    for character in meaning {
      text += "[]:\\".contains(character) ? "\\\(character)" : String(character)
    }
    return text + "]"
  }
}
