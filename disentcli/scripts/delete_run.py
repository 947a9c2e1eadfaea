"""`fig delete-run`: remove a run and all that it holds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..runs.run import Run

SETTINGS = ("saveroot", Setting("yes", bool, False, "do not ask"))
TAKES = "runs"
NODES = ()


@script("delete-run")
def delete_run(settings: Settings) -> int:
    """Deletes a run, named in full, with its checkpoints and results, after asking: fig delete-run RUN."""
    from ..runs.removal import remove
    from ..runs.run import Run

    if len(settings.words) != 1:
        raise CallError("name one run: fig delete-run RUN (see `fig list runs`)")
    run = Run.exactly(settings.get("saveroot"), settings.words[0])
    agreed = settings.get("yes")
    if not agreed and not _ask(run):
        print("nothing was deleted")
        return 1
    remove(run.path)
    print(f"deleted {run.path}")
    return 0


def _ask(run: Run) -> bool:
    from ..data.resources import format_bytes
    from ..runs.run_index import list_runs

    if not sys.stdin.isatty():
        raise CallError(f"delete {run.name}? There is no terminal to answer at; repeat the call with --yes")
    (listed,) = [one for one in list_runs(run.path.parent) if one.name == run.name]
    size = format_bytes(listed.size, exact=False)
    question = f"delete {run.path} ({listed.status}, step {listed.step}, {size})? [y/N] "
    return input(question).strip().lower() in ("y", "yes")
