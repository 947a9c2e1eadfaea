"""Completion in bash, zsh and fish, by click's own scripts, for a program that is no click command."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import PurePath

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

SHELLS = ("bash", "zsh", "fish")
PROGRAMS = ("fig", "disentcli")
#: how click's scripts call the program; ours call this module's interpreter, for `fig` is omnifig's program
CALLS = {"bash": "=bash_complete $1)", "zsh": "=zsh_complete %(prog_name)s)", "fish": "%(prog_name)s);"}
#: `python main.py`; any other call of Python is completed as ever
OF_PYTHON = {
    "bash": """
_disentcli_python_completion() {
    if [[ ${COMP_WORDS[1]##*/} == main.py && $COMP_CWORD -gt 1 ]]; then _fig_completion; fi
}
complete -o bashdefault -o default -F _disentcli_python_completion python python3
""",
    "zsh": """
_disentcli_python_completion() {
    if [[ ${words[2]:t} == main.py && $CURRENT -gt 2 ]]; then _fig_completion; else _files; fi
}
compdef _disentcli_python_completion python python3
""",
    "fish": """
function _disentcli_is_main; string match -q '*main.py' -- (commandline -opc)[2]; end;
complete --command python --condition _disentcli_is_main --arguments "(_fig_completion)";
complete --command python3 --condition _disentcli_is_main --arguments "(_fig_completion)";
""",
}

Candidates = Callable[[Sequence[str], str], Sequence[tuple[str, str]]]


def shell_script(shell: str, variable: str) -> str:
    """The script that a shell evaluates; it asks this interpreter, through `variable`, at each completion."""
    command = f"{shlex.quote(sys.executable)} -m disentcli.cli)"
    call = CALLS[shell]
    replacement = call.replace("%(prog_name)s)", command).replace("$1)", command)
    scripts = []
    for program in PROGRAMS:
        complete = _completer(shell, program, variable)
        scripts.append(complete.source_template.replace(call, replacement) % complete.source_vars())
    return "\n".join([*scripts, OF_PYTHON[shell]])


def answer(shell: str, candidates: Candidates) -> str:
    """The candidates at the cursor, which the environment describes, as the shell's script reads them."""
    complete = _completer(shell, PROGRAMS[0], "")
    words, begun = complete.get_completion_args()
    if words and PurePath(words[0]).name == "main.py":  # after `python`
        words = words[1:]
    items = [CompletionItem(word, help=text or None) for word, text in candidates(words, begun)]
    return "\n".join(map(complete.format_completion, items))


def _completer(shell: str, program: str, variable: str) -> ShellComplete:
    """Click's class of a shell, of a program that need not be a click command."""
    found = get_completion_class(shell)
    assert found is not None, shell
    return found(click.Command(program), {}, program, variable)
