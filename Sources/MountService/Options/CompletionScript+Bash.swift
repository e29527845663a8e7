extension CompletionScript {
  static var bashText: String {
    let flags = HelpText.options.flatMap(\.flags).joined(separator: " ")
    let names = mountOptions.map {
      $0.option.placeholder == nil ? $0.option.name : $0.option.name + "="
    }
    let choices = mountOptions.filter { !$0.option.choices.isEmpty }
      .map {
        "      \($0.option.name)=*) candidates='\($0.option.choices.joined(separator: " "))' ;;\n"
      }
    let named = namedValues.map { "\($0)=*" }.joined(separator: "|")
    return """
      _jffs2fuse()
      {
        # Readline ends a word at = and :, which belong to ours.
        local word=${COMP_LINE:0:COMP_POINT} before candidates typed kept
        word=${word##*[[:space:]]}
        before=${COMP_LINE:0:COMP_POINT-${#word}}
        before=${before%"${before##*[![:space:]]}"}
        before=${before##*[[:space:]]}
        COMPREPLY=()

        if [[ $before == -*o && $before != --* ]]; then
          typed=${word##*,}
          case $typed in
            \(named))
              # Readline replaces the end of the word only.
              while IFS= read -r candidates; do
                [[ $candidates == "${typed#*=}"* ]] || continue
                candidates=${word%"${typed#*=}"}$(printf %q "$candidates")
                COMPREPLY+=("${candidates#"${word%"$2"}"}")
              done < <("${COMP_WORDS[0]}" --complete "${typed%%=*}" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
              compopt +o default +o bashdefault
              return
              ;;
      \(choices.joined())      *=*) candidates= ;;
            *) candidates='\(names.joined(separator: " "))' ;;
          esac
          compopt -o nospace +o default +o bashdefault
        elif [[ $before == --generate-completion-script ]]; then
          typed=$word candidates='\(allCases.map(\.rawValue).joined(separator: " "))'
        elif [[ $before == --unmount || $before == --stale ]]; then
          compopt -o filenames
          while IFS= read -r kept; do
            [[ $kept != "$word"* ]] || COMPREPLY+=("$kept")
          done < <(\(findMounts) 2>/dev/null)
          return
        elif [[ $word == -* ]]; then
          typed=$word candidates='\(flags)'
        else
          return
        fi

        typed=${typed#*=}
        # The text before the point where readline starts the word.
        kept=${word%"$typed"}
        kept=${kept##*["$COMP_WORDBREAKS"]}
        mapfile -t COMPREPLY < <(compgen -P "$kept" -W "$candidates" -- "$typed")
      }
      complete -o default -o bashdefault -F _jffs2fuse jffs2fuse

      """
  }
}
