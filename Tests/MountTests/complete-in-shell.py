#!/usr/bin/env python3
"""complete-in-shell.py SHELL SCRIPT LINE: types LINE and TAB into an interactive shell that has read the completion in SCRIPT.

Prints the line as the shell has completed it, and below it the list of the shell. fish, which does not need a terminal, prints
its candidates alone, each with the line before it.
"""

import os
import pty
import re
import select
import shlex
import subprocess
import sys
import termios
import time

shell, script, line = sys.argv[1:]
program = line.split()[0]

if shell == "fish":
    command = ["fish", "--no-config", "-c", "source $argv[1]; complete --do-complete $argv[2]", script, line]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    for candidate in found.stdout.splitlines():
        print(line[: line.rfind(" ") + 1] + candidate.split("\t")[0])
    sys.exit()

# Ctrl-X p prints the line. No question before a long list, no pager, no colors.
SETUP = {
    "bash": r"""
PS1=; bind 'set bell-style none' 'set completion-query-items 0' 'set page-completions off' 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'; bind 'set page-completions off'; bind 'set show-all-if-ambiguous on'
bind 'set completion-display-width 1'
bind -x '"\C-xp": printf "\n<<%s>>\n" "$READLINE_LINE"'
source SCRIPT
""",
    "zsh": r"""
PS1=; unsetopt zle_bracketed_paste promptsp prompt_cr beep; setopt no_list_beep auto_list no_list_ambiguous; LISTMAX=10000
autoload -Uz compinit; compinit -D -u; zstyle ':completion:*' verbose yes
show() { print; print -r -- "<<$BUFFER>>" }; zle -N show; bindkey '^Xp' show; bindkey '^I' complete-word
compdef _PROGRAM PROGRAM; fpath=(DIR $fpath); autoload -Uz _PROGRAM
""",
}
setup = SETUP[shell].replace("SCRIPT", shlex.quote(script)).replace("PROGRAM", program)
setup = setup.replace("DIR", shlex.quote(os.path.dirname(os.path.abspath(script))))

child, terminal = pty.fork()
if child == 0:
    options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[shell]
    os.environ.update(TERM="dumb", LC_ALL="C.UTF-8")
    os.execvp(shell, [shell, *options])
termios.tcsetwinsize(terminal, (1000, 400))


def read_until(end, seconds=30):
    text = ""
    deadline = time.monotonic() + seconds
    while end not in text:
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            sys.exit(f"complete-in-shell: no {end!r} from {shell} in {text!r}")
        text += os.read(terminal, 65536).decode(errors="replace")
    return text


os.write(terminal, (setup.strip() + "\necho rea''dy\n").encode())
read_until("ready\r\n")
os.write(terminal, (line + "\t\x18p").encode())
seen = read_until(">>")
seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\x08]", "", seen)
print(re.search(r"<<(.*)>>", seen)[1])
print(seen[: seen.index("<<")].replace("\r", ""))
os.write(terminal, b"\x03\x04")
os.close(terminal)
os.waitpid(child, 0)
