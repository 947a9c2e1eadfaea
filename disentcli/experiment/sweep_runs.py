"""The runs of a sweep are completed, each call as a process of its own; what is done is not repeated."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..config.config_store import ConfigStore
from ..console.terminal import warn
from ..runs.roots import save_root
from ..runs.run import Run
from ..runs.run_index import newest_first
from ..tables.probe_table import show_probes_of_seeds
from ..tables.table import narrow, show_table
from .sweep_call import SweepCall, as_words, check_next
from .sweep_plan import KEYS_OF_A_CALL, SweepRun, changed_configs, fingerprints
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


def complete(one: SweepRun, sweep: SweepCall) -> bool:
    """Bring a planned run to its end, and make the calls that follow it; whether all of it went well."""
    runs = existing_runs(sweep.plan, sweep.saveroot)
    run, start = runs.get(one.sweep_key), runs.get(one.start.sweep_key) if one.start else None
    if one.start and next_step(start) != "completed":
        return False
    if next_step(run) != "completed":
        words = [*one.argv, "--plan", one.sweep_key, *(["--load", start.name] if start else [])]
        if run:
            of_call = {key: value for key, value in one.arguments if key in KEYS_OF_A_CALL}
            words = ["train", "--resume", run.name, *as_words(of_call)]
        if not _fig(words, sweep.common):
            return False
        run = existing_runs(sweep.plan, sweep.saveroot)[one.sweep_key]
    assert run is not None
    return all(_call_after(call, run, sweep) for call in sweep.calls_after(one))


def _call_after(call: str, run: Run, sweep: SweepCall) -> bool:
    """One call on a completed run, unless it was made before with configs that are still the same."""
    words = check_next(call, sweep.library)
    layers = sweep.library.lineage(*filter(sweep.library.knows, words))
    done = dict(run.info().get("called", {}))
    if call in done and not changed_configs(done[call], layers):
        return True
    if not _fig([*words, "--load", run.name], sweep.common):
        return False
    with run.lock:
        run.update(called={**done, call: fingerprints(layers)})
    return True


def _fig(words: list[str], common: list[str]) -> bool:
    """Show a command, and run it as its own process; whether it succeeded."""
    print(f"$ fig {shlex.join(words)}", flush=True)
    command = [sys.executable, "-m", "disentcli.cli", *words, *common]
    return subprocess.run(command, check=False).returncode == 0


def show_sweep(plan: list[SweepRun], saveroot: Path) -> list[list[str]]:
    """Show the table of what there is, and give its lines."""
    names, groups = sweep_groups(plan, existing_runs(plan, saveroot))
    table = sweep_table(plan, names, groups)
    header, *rows = narrow(table)
    show_table(header, rows)
    for group in groups:
        show_probes_of_seeds(group, names)
    return table
