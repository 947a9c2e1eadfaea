"""`fig` called in this process, on folders of the test's own: quick enough for tables of calls."""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import omnifig
import pytest

from disentcli import cli

from ..conftest import PROJECT

Call = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    def refused(self, *names: str) -> bool:
        """A short error of a wrong call that names all of these."""
        short = len(self.err.strip().splitlines()) <= 6 and "unexpected" not in self.err
        return self.code == 2 and short and all(name.lower() in self.err.lower() for name in names)


@dataclass(frozen=True)
class Place:
    """Folders of runs and data; `fig(…)` calls a command on them, typed in the folder of a project."""

    runs: Path
    data: Path
    project: Path = PROJECT

    def fig(self, *words: object) -> Answer:
        """The command as typed there."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, _captured(out, err):
            patch.chdir(self.project)
            if self.project != PROJECT:  # omnifig remembers the project of the calls before
                patch.setattr(omnifig.get_profile(), "_loaded_projects", OrderedDict())
                patch.setattr(omnifig.get_profile(), "_current_project_key", None)
            patch.setenv("DISENTCLI_RUNS", str(self.runs))
            patch.setenv("DISENTCLI_DATA", str(self.data))
            patch.setattr("sys.argv", ["fig"])
            try:
                cli.fig([str(word) for word in words])
            except SystemExit as leave:
                code = int(leave.code or 0)
        return Answer(code, out.getvalue(), err.getvalue())

    def completed(self, *words: object) -> subprocess.CompletedProcess[str]:
        """The same, told as a finished process."""
        answer = self.fig(*words)
        return subprocess.CompletedProcess(list(map(str, words)), answer.code, answer.out, answer.err)

    def names(self) -> set[str]:
        """Everything in the folder of runs."""
        return {path.name for path in self.runs.iterdir()}


@contextlib.contextmanager
def _captured(out: io.StringIO, err: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield
