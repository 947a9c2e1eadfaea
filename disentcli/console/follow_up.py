"""Commands in messages as they work where this call was typed: its program, its folders, its modules."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from ..config.schema import script_settings
from ..errors import DisentError
from ..registry import catalog
from .argv import parse

FIG, ANYWHERE = "fig", "disentcli"  # `fig` works in a project, `disentcli` without one too
FOLDERS = ("saveroot", "dataroot")
LISTS = {"saveroot": "runs", "dataroot": "datasets"}  # of what `fig list` shows, what lies in which folder

#: a command in backticks, or one that ends its line and is nothing but a command
COMMAND = re.compile(r"(?<=`)fig(?: [^`\n]*)?(?=`)|(?<![\w`./-])fig [^`\n,;:()…]*$", re.MULTILINE)
PROGRAM = re.compile(r"(?<![\w./'\"-])fig(?= [\w<-])")

_program = FIG
_argv: tuple[str, ...] = ()


def remember_call(argv: Sequence[str], *, in_project: bool) -> None:
    """Keep what was typed; later messages follow it."""
    global _program, _argv
    _program, _argv = FIG if in_project else ANYWHERE, tuple(argv)


def program() -> str:
    """`fig`, or `disentcli` where the user has no project."""
    return _program


def with_program(text: str) -> str:
    """A text whose commands begin with the program that works here."""
    return text if _program == FIG else PROGRAM.sub(_program, text.replace("`fig`", f"`{_program}`"))


def as_typed_here(text: str) -> str:
    """A message whose commands can be typed as they stand after this call.

    The program is the one that works here, and --saveroot, --dataroot and --module of this call are repeated
    where the command reads them. Commands with a gap (`fig train …`) are no more than a name: they only get
    the program.
    """
    return with_program(COMMAND.sub(lambda found: _with_options(found[0]), text))


def _with_options(command: str) -> str:
    words = command.split()
    if len(words) < 2 or {"…", "-h"} & {*words}:
        return command
    return " ".join([command.rstrip(), *_repeated(words)])


def _repeated(words: Sequence[str]) -> Iterator[str]:
    """The options of this call that a command needs and does not name."""
    try:
        call = parse(_argv)
        read = {row.key for row in script_settings(catalog.find("script", words[1]))}
    except DisentError:  # the message that is being shown says what is wrong
        return
    for key in FOLDERS:
        listed = words[1] != "list" or LISTS[key] in words
        if key in call.arguments and key in read and listed and f"--{key}" not in words:
            yield f"--{key} {shlex.quote(str(call.arguments[key]))}"
    if "--module" not in words:
        yield from (f"--module {shlex.quote(module)}" for module in call.modules)
