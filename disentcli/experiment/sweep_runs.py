"""The runs that there are of a sweep: what is to be done with each, and the table of their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..config.config_store import ConfigStore
from ..console.terminal import warn
from ..runs.roots import save_root
from ..runs.run import Run
from ..runs.run_index import newest_first
from ..tables.probe_table import show_probes_of_seeds
from ..tables.table import narrow, show_table
from .sweep_plan import SweepRun, changed_configs
from .sweep_table import sweep_groups, sweep_table


def existing_runs(plan: Sequence[SweepRun], saveroot: Path) -> dict[str, Run]:
    """The newest run of each in the plan that there is one of, by its key.

    One of a later stage counts only if it starts from the run that its first stage has now.
    """
    root = save_root(saveroot)
    every = [Run(root / name) for name in reversed(newest_first(root))]
    newest = {str(info["plan"]): run for run in every if "plan" in (info := run.info())}

    def is_current(one: SweepRun) -> bool:
        run = newest.get(one.sweep_key)
        if run is None or one.start is None:
            return run is not None
        before = newest.get(one.start.sweep_key)
        return before is not None and run.info().get("loaded", {}).get("run") == before.name

    return {one.sweep_key: newest[one.sweep_key] for one in plan if is_current(one)}


def warn_of_changes(plan: list[SweepRun], runs: dict[str, Run], library: ConfigStore) -> None:
    """Warn of runs that were made before one of their configs changed."""
    for one in plan:
        run = runs.get(one.sweep_key)
        recorded = run.info().get("configs", {}) if run else {}
        names = changed_configs(recorded, library.lineage(*one.configs)) if run else []
        if run and names:
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
    for group in groups:
        show_probes_of_seeds(group, names)
    return table
