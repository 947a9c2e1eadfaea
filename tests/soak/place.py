"""A folder of data and one of runs, calls of `fig` in them, and what they leave."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from disentcli.atomic_io import PARTIAL
from disentcli.runs.removal import REMOVED

from ..conftest import FIG, PROJECT, command_environment

TIMES = int(os.environ.get("DISENTCLI_SOAK", "1"))  # kills of each command
LONGEST = 300  # seconds of a call
LINES = 12  # of a message


@dataclass(frozen=True)
class Place:
    """Folders below `folder`; `variables` are those of the environment that differ from a usual call's."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The datasets."""
        return self.folder / "data"

    @property
    def runs(self) -> Path:
        """The runs."""
        return self.folder / "runs"

    @property
    def out(self) -> Path:
        """What calls write elsewhere."""
        return self.folder / "out"

    @property
    def project(self) -> Path:
        """A project, where calls are not to leave anything in the checkout."""
        return self.folder / "project"

    def copy(self, folder: Path, **variables: str) -> Place:
        """Another place that holds the same."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, symlinks=True)
        return Place(folder, variables)

    def start(
        self,
        words: Sequence[str],
        before: Callable[[], object] | None = None,
        wrapped: Sequence[str] = (),
    ) -> subprocess.Popen[str]:
        """The command, running in a session of its own.

        Args:
            words: what stands after `fig`.
            before: called in its process first.
            wrapped: the words of a command that starts it.
        """
        return subprocess.Popen(
            [*wrapped, str(FIG), *words],
            cwd=PROJECT,
            env={**command_environment(self.data, self.runs), **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
            preexec_fn=before,
            start_new_session=True,
        )

    def call(self, words: Sequence[str]) -> float:
        """Run the command to its end, which must be a good one; gives the seconds it took."""
        start = time.monotonic()
        process = self.start(words)
        _, errors = process.communicate(timeout=LONGEST)
        assert process.returncode == 0, (words, errors)
        return time.monotonic() - start

    def leftovers(self) -> list[str]:
        """What no finished call may leave: halves of files, folders of deleted or unfinished runs."""
        return [
            str(path.relative_to(self.folder))
            for path in self.folder.rglob(".*")
            if PARTIAL in path.name or path.name.endswith((".partial", REMOVED))
        ]


def is_short_error(errors: str) -> bool:
    """Whether this is a message for people, not a traceback, a bug or a page."""
    lines = errors.strip().splitlines()
    return 1 <= len(lines) <= LINES and not any("Traceback" in line or "unexpected" in line for line in lines)
