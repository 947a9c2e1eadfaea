"""The runs that there are of a sweep: what is to be done with each, and the table of their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..config.config_store import ConfigStore
from ..console.terminal import warn
from ..runs.index_file import RunBatch
from ..runs.roots import save_root
from ..runs.run import Run
from ..runs.run_index import readable_infos
from ..tables.intervals import LEVEL, interval_text
from ..tables.probe_table import show_probes_of_seeds
from ..tables.table import narrow, show_table
from .sweep_plan import SweepRun, differing_configs, fingerprints
from .sweep_table import sweep_groups, sweep_table


def existing_runs(plan: Sequence[SweepRun], saveroot: Path, *, at_once: bool = False) -> dict[str, Run]:
    """The newest run of each in the plan that there is one of, by its key; see `read_made`.

    at_once: what the runs' files hold is what they held now, read by way of the index.
    """
    root, made = save_root(saveroot), read_made(plan, saveroot)
    batch = RunBatch(root, [str(info["name"]) for info in made.values()]) if at_once else None
    return {key: Run(root / str(info["name"]), batch) for key, info in made.items()}


def read_made(plan: Sequence[SweepRun], saveroot: Path) -> dict[str, dict[str, Any]]:
    """What run.json of the newest run of each in the plan says, by its key, `name` being that of its folder.

    One of a later stage counts only if it starts from the run that its first stage has now. A warning tells
    of runs that cannot be read.
    """
    infos = readable_infos(save_root(saveroot))
    named = ({**info, "name": name} for name, info in reversed(infos.items()))
    newest = {str(info["plan"]): info for info in named if "plan" in info}

    def is_current(one: SweepRun, key: str) -> bool:
        if key not in newest or one.start is None:
            return key in newest
        before = newest.get(one.start.sweep_key, {}).get("name")
        return before is not None and newest[key].get("loaded", {}).get("run") == before

    return {key: newest[key] for one in plan if is_current(one, key := one.sweep_key)}


def warn_of_changes(plan: Sequence[SweepRun], runs: Mapping[str, Run], library: ConfigStore) -> None:
    """Warn of runs that were made before one of their configs changed."""
    now: dict[tuple[str, ...], dict[str, str]] = {}
    for one in plan:
        run = runs.get(one.sweep_key)
        if run is None:
            continue
        if one.configs not in now:
            now[one.configs] = fingerprints(library.lineage(*one.configs))
        names = differing_configs(run.info().get("configs", {}), now[one.configs])
        if names:
            warn(
                f"{run.name} was made before {', '.join(names)} changed, and stays as it is; "
                f"to train it anew, first `fig delete-run {run.name}`"
            )


def next_step(run: Run | None) -> str:
    """`train`, `resume`, or `completed`."""
    if run is None:
        return "train"
    return "completed" if run.status() == "completed" else "resume"


def was_called(call: str, called: Mapping[str, Mapping[str, str]], configs: Mapping[str, str]) -> bool:
    """Whether a call was made on a run, of whose run.json `called` is, with configs of these fingerprints."""
    return call in called and all(called[call].get(name, now) == now for name, now in configs.items())


def show_sweep(plan: list[SweepRun], saveroot: Path) -> list[list[str]]:
    """Show the table of what there is, and give its lines."""
    names, groups = sweep_groups(plan, existing_runs(plan, saveroot))
    table = sweep_table(plan, names, groups)
    header, *rows = narrow(table)
    show_table(header, rows)
    if any(len(group.runs) > 1 for group in groups):
        print(f"mean ± {interval_text('t', LEVEL)}, over seeds")
    for group in groups:
        show_probes_of_seeds(group, names)
    return table
