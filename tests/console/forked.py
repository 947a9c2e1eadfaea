"""The real `fig` command in a fork of this process, whose imports are done: a tenth of the time of a new one.

What the command imports, registers and changes is gone with the fork. Tests of what it imports, and of how a
terminal or a pipe is used, start a process of their own.
"""

from __future__ import annotations

import functools
import gc
import os
import runpy
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

import omnifig

from disentcli.console import terminal
from disentcli.registry import catalog


def run_forked(
    command: Sequence[str],
    cwd: Path,
    variables: Mapping[str, str],
    before: Callable[[], object] = lambda: None,
) -> tuple[int, str, str]:
    """The exit code of a command that is a Python file, and what it wrote to stdout and stderr.

    `before` is called in its process first.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _in_child(lambda: (before(), _run(command, cwd, variables, out.fileno(), err.fileno()))[1])
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return (
            code,
            out.read().decode(errors="backslashreplace"),
            err.read().decode(errors="backslashreplace"),
        )


def _in_child(action: Callable[[], int]) -> NoReturn:
    """Never goes back to the tests, whatever happens."""
    code = 1
    try:
        signal.alarm(300)  # which ends it
        gc.freeze()  # nothing of the parent's is finalised here
        code = action()
    finally:
        os._exit(code)


def _run(command: Sequence[str], cwd: Path, variables: Mapping[str, str], out: int, err: int) -> int:
    for stream, number in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(stream, number)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[:0] = filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = list(command)
    _forget_projects()
    try:
        runpy.run_path(command[0], run_name="__main__")
        code = 0
    except SystemExit as leave:
        code = int(leave.code or 0)
    except BaseException:
        code = _excepthook()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _forget_projects() -> None:
    """What calls in this process have loaded, and what functions remember of the components of then."""
    profile = omnifig.get_profile()
    profile._loaded_projects, profile._current_project_key = OrderedDict(), None
    catalog._modules.clear()
    terminal.debug = False
    ours = [module for name, module in sys.modules.items() if name.startswith("disentcli.")]
    for function in (value for module in ours for value in vars(module).values()):
        if isinstance(function, functools._lru_cache_wrapper):
            function.cache_clear()


def _excepthook() -> int:
    """As the interpreter ends."""
    try:
        sys.excepthook(*sys.exc_info())
    except SystemExit as leave:
        return int(leave.code or 0)
    return 1
