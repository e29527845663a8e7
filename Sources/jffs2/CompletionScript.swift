import ArgumentParser
import Storage
import Support

/// The completion script for a shell: the parser's, with functions that offer names in the firmware.
///
/// Such names may be anything, so no shell may interpret them: bash's `compgen -W`, which the parser uses, runs commands in them.
enum CompletionScript {
  /// The script if the arguments request one.
  ///
  /// - Throws: `ValidationError` for an unknown shell.
  static func requested(by arguments: [String]) throws -> String? {
    guard arguments.first == "--generate-completion-script" else { return nil }
    let shell =
      arguments.count > 1 ? CompletionShell(rawValue: arguments[1]) : .autodetected()
    guard let shell else {
      throw ValidationError("--generate-completion-script needs a shell: bash, zsh or fish")
    }
    return text(for: shell)
  }

  static func text(for shell: CompletionShell) -> String {
    let script = JFFS2Command.completionScript(for: shell)
    let commands = JFFS2Command.configuration.subcommands
      .compactMap { $0.configuration.commandName }.joined(separator: " ")
    if shell == .bash { return script + "\n" + bash(commands) }
    if shell == .zsh {
      let end = "\nif [[ \"${funcstack"
      return script.replacing(end, with: zsh(commands) + end)
    }
    // An option of a command with the name of a common one would stop fish's parser.
    return script.replacing("'version=' 'version'", with: "'version='") + "\n" + fish(commands)
  }

  private static func bash(_ commands: String) -> String {
    #"""
    # Passes its arguments on to the function below, which can add candidates without a subshell.
    __jffs2_custom_complete() {
        printf '%s\n' firmware: "${@}"
    }

    __jffs2_add_completions() {
        local completion
        if [[ "${1} ${2}" != '-W firmware:'* ]]; then
            while IFS='' read -r completion; do
                COMPREPLY+=("${completion}")
            done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
            return
        fi
        local -r line="${COMP_LINE:0:${COMP_POINT}}"
        local -a request
        mapfile -t request <<<"${2}"
        while IFS='' read -r completion; do
            COMPREPLY+=("${completion}")
        done < <("${COMP_WORDS[0]}" "${request[@]:1:${#request[@]}-3}" 0 "${#line}" "${line}" 2>/dev/null)
    }

    # Readline ends a word at = : and @, which belong to ours.
    _jffs2_whole_words() {
        local rest="${COMP_LINE:0:${COMP_POINT}}" word kept
        local -a words=()
        for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
            if [[ ${#words[@]} -eq 0 || "${rest}" == [[:space:]]* ]]; then
                rest="${rest#"${rest%%[![:space:]]*}"}"
                words+=("${word}")
            else
                words[-1]+="${word}"
            fi
            rest="${rest#"${word}"}"
        done
        kept="${words[-1]%"${2}"}"
        # Of a word in quotes, readline has removed them.
        [[ "${kept}" != *[\'\"\\]* ]] || kept=''
        local -a COMP_WORDS=("${words[@]}")
        local -i COMP_CWORD=$((${#words[@]} - 1))
        _jffs2 "${1}" "${kept}${2}" "${words[-2]}"
        local -i index
        for index in "${!COMPREPLY[@]}"; do
            COMPREPLY[index]="${COMPREPLY[index]#"${kept}"}"
        done
        [[ ${#COMPREPLY[@]} -ne 1 || "${COMPREPLY[0]}" != */ ]] || compopt -o nospace
    }

    complete -o filenames -F _jffs2_whole_words jffs2

    _jffs2_help() {
        COMPREPLY+=($(compgen -W '\#(commands)' -- "${cur}"))
    }

    """#
  }

  private static func zsh(_ commands: String) -> String {
    #"""

    __jffs2_custom_complete() {
        local -a completions
        completions=("${(@f)"$("${command_name}" "${@}" "${command_line[@]}" 2>/dev/null)"}")
        completions=("${(@)completions:#( |)}")
        compadd -S '' -- "${(@M)completions:#*/}"
        compadd -- "${(@)completions:#*/}"
    }

    _jffs2_help() {
        local -ar names=(\#(commands))
        _describe command names
    }

    """#
  }

  private static func fish(_ commands: String) -> String {
    #"""
    # The length of the token up to the cursor is known without a terminal too. Tokens keep quotes in any version.
    function __jffs2_tokens
        if test "$argv" = -tC
            string length -- "$(commandline -ct)"
        else if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
            commandline --tokens-raw $argv
        else
            for token in (commandline -o $argv)
                string escape -- $token
            end
        end
    end

    complete -c jffs2 -n '__fish_seen_subcommand_from help' -fa '\#(commands)'

    """#
  }
}
