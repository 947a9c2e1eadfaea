"""`fig sweep train …`: many runs, one after another; what is done already is not done again."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CallError
from ..registry import script
from ..root_settings import Setting

if TYPE_CHECKING:
    from ..console.library import Library
    from ..console.settings import Settings
    from ..runs.plan import PlannedRun
    from ..runs.run import Run

TAKES = "names"
SETTINGS = (
    Setting("seeds", str, "1", "seeds of the runs: 3 for 0 to 2, or 0,3,5, or 4-6"),
    Setting("grid", dict, None, "KEY=V1,V2: a run for each value; several --grid give all combinations"),
    Setting("then", list, None, "what to call for each completed run: [eval, eval-metrics eval/3ds]"),
    Setting("dry-run", bool, False, "list the runs and what would be done with each, and stop"),
    Setting("out", str, None, "also write the table here: .md, .csv or .tex"),
    "overwrite",
    "saveroot",
    "dataroot",
)
ROOTS = ("saveroot", "dataroot")
OWN = ("seeds", "grid", "then", "dry-run", "out", "overwrite", "verbose", *ROOTS)


@script("sweep")
def sweep(settings: Settings) -> int:
    """Trains every combination of a grid with every seed: fig sweep train … --seeds 0-2 --grid reg-wt=1,4."""
    from ..runs.plan import plan_runs
    from .compare import table_target, write_table

    configs = _configs(settings)
    plan = plan_runs(
        configs,
        passed_on(settings),
        _grid(settings, configs),
        _seeds(settings, configs),
        _library(settings).knows,
    )
    then = [str(one) for one in _of(settings, configs, "then") or []]
    roots = {root: settings.get(root) for root in ROOTS}
    out = table_target(settings.get("out"), settings.get("overwrite"))
    runs = _existing(roots["saveroot"])
    _tell_changes(plan, runs, _library(settings))
    if settings.get("dry-run"):
        for one in plan:
            print(f"{_next_step(runs.get(one.key)):9}  fig {shlex.join(one.words)}")
        return 0
    failed = [one for one in plan if not _make(one, then, roots, _library(settings))]
    rows = _table(plan, roots["saveroot"])
    if out:
        write_table(out, rows)
        print(f"table: {out}")
    for one in failed:
        print(f"failed: fig {shlex.join(one.words)}", file=sys.stderr)
    return 1 if failed else 0


def passed_on(settings: Settings) -> dict[str, str]:
    """The arguments of the call that are for each training, as text."""
    return {key: value for key, value in _typed(settings).items() if key.partition(".")[0] not in OWN}


def _configs(settings: Settings) -> list[str]:
    words = settings.words[1:] if settings.words[:1] == ["train"] else settings.words
    if not words:
        raise CallError("name what to train: fig sweep train a/conv12 m/vae d/sprites32 --grid reg-wt=1,4")
    library = _library(settings)
    for word in words:
        library.find(word)
    return words


def _library(settings: Settings) -> Library:
    if settings.library is None:
        raise CallError("fig sweep needs a project with configs")
    return settings.library


def _of(settings: Settings, configs: list[str], key: str) -> Any:
    """The value of a setting on the command line, else in the first config that has it."""
    if settings.has(key):
        return settings.get(key)
    return next((sheet[key] for sheet in _library(settings).stack(*configs) if key in sheet), None)


def _seeds(settings: Settings, configs: list[str]) -> list[int]:
    from ..runs.plan import parse_seeds

    return parse_seeds(str(_of(settings, configs, "seeds") or "1"))


def _grid(settings: Settings, configs: list[str]) -> dict[str, list[Any]]:
    from ..console.stacking import dashed, split
    from ..runs.plan import parse_grid

    typed = _typed(settings).get("grid")
    if typed is not None:
        return dict(parse_grid(typed))
    grid = _of(settings, configs, "grid") or {}
    if not all(isinstance(values, list) and values for values in grid.values()):
        raise CallError("grid: expected a list of values for each axis, as in {reg-wt: [1, 4]}")
    return {dashed(split(key)): values for key, values in grid.items()}


def _typed(settings: Settings) -> dict[str, str]:
    """Every --key value of the call, as text."""
    from ..console.call import parse

    return {key.replace("_", "-"): str(value) for key, value in parse(settings.argv).arguments.items()}


def _existing(saveroot: Path) -> dict[str, Run]:
    """The newest run of each plan, by its key."""
    from ..runs.listing import newest_first
    from ..runs.roots import save_root
    from ..runs.run import Run

    root = save_root(saveroot)
    runs = [Run(root / name) for name in reversed(newest_first(root))]
    return {str(info["plan"]): run for run in runs if "plan" in (info := run.info())}


def _tell_changes(plan: list[PlannedRun], runs: dict[str, Run], library: Library) -> None:
    """Warn of runs that were made before one of their configs changed."""
    from ..console.screen import warn
    from .config_changes import changed

    for one in plan:
        run = runs.get(one.key)
        names = changed(run.info().get("configs", {}), library.stack(*one.configs)) if run else []
        if run and names:
            warn(
                f"{run.name} was made before {', '.join(names)} changed, and stays as it is; "
                f"to train it anew, first `fig delete-run {run.name}`"
            )


def _next_step(run: Run | None) -> str:
    """`train`, `resume`, or `completed`."""
    if run is None:
        return "train"
    return "completed" if run.status() == "completed" else "resume"


def _make(one: PlannedRun, then: list[str], roots: dict[str, Path], library: Library) -> bool:
    """Bring a planned run to its end, and call what comes after it; whether all of it went well."""
    run = _existing(roots["saveroot"]).get(one.key)
    if _next_step(run) != "completed":
        words = ["train", "--resume", run.name] if run else [*one.words, "--plan", one.key]
        if not _fig(words, roots):
            return False
        run = _existing(roots["saveroot"])[one.key]
    assert run is not None
    return all(_after(call, run, roots, library) for call in then)


def _after(call: str, run: Run, roots: dict[str, Path], library: Library) -> bool:
    """One call on a completed run, unless it was made before with configs that are still the same."""
    from .config_changes import changed, fingerprints

    words = shlex.split(call)
    sheets = library.stack(*filter(library.knows, words))
    done = dict(run.info().get("called", {}))
    if call in done and not changed(done[call], sheets):
        return True
    if not _fig([*words, "--load", run.name, "--overwrite"], roots):
        return False
    with run.lock:
        run.update(called={**done, call: fingerprints(sheets)})
    return True


def _fig(words: list[str], roots: dict[str, Path]) -> bool:
    """Show a command, and run it as its own process; whether it succeeded."""
    print(f"$ fig {shlex.join(words)}", flush=True)
    command = [sys.executable, "-m", "disentcli.cli", *words]
    command += [word for root, folder in roots.items() for word in (f"--{root}", str(folder))]
    return subprocess.run(command, check=False).returncode == 0


def _table(plan: list[PlannedRun], saveroot: Path) -> list[list[str]]:
    """Show the table of what there is, and give its lines."""
    from ..analysis.sweeping import sweep_groups, sweep_table
    from ..analysis.table import narrow, show_table
    from .probe_table import show_probes_of_seeds

    names, groups = sweep_groups(plan, _existing(saveroot))
    table = sweep_table(plan, names, groups)
    header, *rows = narrow(table)
    show_table(header, rows)
    for group in groups:
        show_probes_of_seeds(group, names)
    return table
