internal import Storage
internal import Support

extension CompletionScript {
  static var fishText: String {
    let flags = HelpText.options.filter { !$0.flags.isEmpty }.map { help in
      let spellings = help.flags.map { flag in
        flag.hasPrefix("--") ? " -l " + flag.dropFirst(2) : " -s " + flag.dropFirst(1)
      }
      let values =
        switch help.flags {
        case ["-o"]: " -x -a '(__jffs2fuse_options)'"
        case ["--generate-completion-script"]:
          " -x -a '\(allCases.map(\.rawValue).joined(separator: " "))'"
        default: ""
        }
      let meaning = help.meaning.singleQuoted
      return "complete -c jffs2fuse\(spellings.joined())\(values) -d \(meaning)\n"
    }
    let options = mountOptions.flatMap { option, meaning in
      let name = option.placeholder == nil ? option.name : option.name + "="
      // Short lists of values are offered completely.
      return (option.choices.isEmpty ? [name] : option.choices.map { name + $0 })
        .map { "    \($0)\\t\(meaning.singleQuoted)" }
    }
    return """
      function __jffs2fuse_options
        set -l token (commandline -ct)
        set -l typed (string split -r -m 1 , -- $token)[-1]
        set -l kept (string replace -r '[^,]*$' '' -- $token)
        set -l name (string split -m 1 = -- $typed)[1]
        if string match -q -- '*=*' $typed; and contains -- $name \(namedValues.joined(separator: " "))
          set -l words (commandline -opc)
          for value in ($words[1] --complete $name (string escape -- $words) $token 2>/dev/null)
            echo $kept$name=$value
          end
          return
        end
        __fish_append , \\
      \(options.joined(separator: " \\\n"))
      end

      \(flags.joined())complete -c jffs2fuse -n '__fish_contains_opt unmount' -f -a '(\(findMounts) 2>/dev/null)'

      """
  }
}
