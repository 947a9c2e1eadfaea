"""`fig sweep train …`: many runs, one after another; what is done already is not done again."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.root_settings import Setting
from ..console.argv import parse
from ..errors import CallError
from ..registry import catalog, script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..config.config_store import ConfigStore
    from ..config.settings import Settings
    from ..experiment.sweep_plan import SweepRun
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
OWN = ("seeds", "seed", "grid", "then", "dry-run", "out", "overwrite", "verbose", *ROOTS)
OF_ONE_RUN = {
    "resume": "a sweep continues its own runs where they are not completed",
    "plan": "a sweep marks its runs by itself",
}
OF_A_CALL = ("device", "time-limit", "dataset.resident", "quiet")  # passed on where a run is continued too


@script("sweep")
def sweep(settings: Settings) -> int:
    """Trains every combination of a grid with every seed: fig sweep train … --seeds 0-2 --grid reg-wt=1,4."""
    from ..experiment.sweep_plan import plan_runs
    from ..tables.table import table_path, write_table

    configs = _configs(settings)
    plan = plan_runs(
        configs,
        passed_on(settings),
        _grid(settings, configs),
        _seeds(settings, configs),
        _library(settings).knows,
    )
    then = [str(one) for one in _of(settings, configs, "then") or []]
    _check_plan(plan, _library(settings))
    for call in then:
        check_next(call, _library(settings))
    roots = _roots(settings, configs)
    out = table_path(settings.get("out"), settings.get("overwrite"))
    runs = _existing(roots["saveroot"])
    _tell_changes(plan, runs, _library(settings))
    if settings.get("dry-run"):
        for one in plan:
            print(f"{_next_step(runs.get(one.key)):9}  fig {shlex.join(one.words)}")
        return 0
    common = [*_pairs(roots), *(word for name in parse(settings.argv).modules for word in ("--module", name))]
    failed = [one for one in plan if not _make(one, then, roots["saveroot"], common, _library(settings))]
    rows = _table(plan, roots["saveroot"])
    if out:
        write_table(out, rows)
    for one in failed:
        print(f"failed: fig {shlex.join(one.words)}", file=sys.stderr)
    return 1 if failed else 0


def passed_on(settings: Settings) -> dict[str, str]:
    """The arguments of the call that are for each training, as text."""
    return {key: value for key, value in _typed(settings).items() if key.partition(".")[0] not in OWN}


def _check_plan(plan: list[SweepRun], library: ConfigStore) -> None:
    """Raise CallError for a run of the plan whose settings are wrong whatever its data are."""
    from ..experiment.call_check import check_call

    for one in {(one.configs, one.arguments): one for one in plan}.values():
        for key, _ in one.arguments:
            if key in OF_ONE_RUN:
                raise CallError(f"--{key}: {OF_ONE_RUN[key]}; leave it out")
            if key in OWN:
                raise CallError(f"--grid {key}: this is of the whole sweep; give it as --{key}")
        check_call(one.words, library)


def _configs(settings: Settings) -> list[str]:
    words = settings.words[1:] if settings.words[:1] == ["train"] else settings.words
    if not words:
        raise CallError("name what to train: fig sweep train a/conv12 m/vae d/sprites32 --grid reg-wt=1,4")
    library = _library(settings)
    for word in words:
        library.find(word)
    return words


def _library(settings: Settings) -> ConfigStore:
    if settings.library is None:
        raise CallError("fig sweep needs a project with configs")
    return settings.library


def _of(settings: Settings, configs: list[str], key: str) -> Any:
    """The value of a setting on the command line, else in the first config that has it, else None."""
    if settings.has(key):
        return settings.get(key)
    return next((sheet[key] for sheet in _library(settings).stack(*configs) if key in sheet), None)


def _seeds(settings: Settings, configs: list[str]) -> list[int]:
    """Those of --seeds, or the one of --seed; else of a config."""
    from ..config.coercion import Seed, coerce
    from ..experiment.sweep_plan import parse_seeds

    typed = _typed(settings)
    if "seed" in typed and "seeds" in typed:
        raise CallError("--seed is of one run, --seeds of many: give one of them")
    seeds = None if "seed" in typed else _of(settings, configs, "seeds")
    if seeds is not None:
        return parse_seeds(str(seeds))
    return [coerce(_of(settings, configs, "seed") or 0, Seed, "seed")]


def _roots(settings: Settings, configs: list[str]) -> dict[str, Path]:
    """The folders of runs and data: of the call, else of a config."""
    found = {root: None if settings.has(root) else _of(settings, configs, root) for root in ROOTS}
    return {
        root: settings.get(root) if folder is None else settings.root / Path(str(folder)).expanduser()
        for root, folder in found.items()
    }


def _grid(settings: Settings, configs: list[str]) -> dict[str, list[Any]]:
    from ..config.config_layers import cli_key, split
    from ..experiment.sweep_plan import parse_grid

    typed = _typed(settings).get("grid")
    if typed is not None:
        return dict(parse_grid(typed))
    grid = _of(settings, configs, "grid") or {}
    if not all(isinstance(values, list) and values for values in grid.values()):
        raise CallError("grid: expected a list of values for each axis, as in {reg-wt: [1, 4]}")
    return {cli_key(split(key)): values for key, values in grid.items()}


def _typed(settings: Settings) -> dict[str, str]:
    """Every --key value of the call, as text."""
    return {key.replace("_", "-"): str(value) for key, value in parse(settings.argv).arguments.items()}


def _existing(saveroot: Path) -> dict[str, Run]:
    """The newest run of each plan, by its key."""
    from ..runs.roots import save_root
    from ..runs.run import Run
    from ..runs.run_index import newest_first

    root = save_root(saveroot)
    runs = [Run(root / name) for name in reversed(newest_first(root))]
    return {str(info["plan"]): run for run in runs if "plan" in (info := run.info())}


def _tell_changes(plan: list[SweepRun], runs: dict[str, Run], library: ConfigStore) -> None:
    """Warn of runs that were made before one of their configs changed."""
    from ..console.terminal import warn
    from ..experiment.config_fingerprints import changed

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


def _make(
    one: SweepRun, then: list[str], saveroot: Path, common: Sequence[str], library: ConfigStore
) -> bool:
    """Bring a planned run to its end, and call what comes after it; whether all of it went well."""
    run = _existing(saveroot).get(one.key)
    if _next_step(run) != "completed":
        words = [*one.words, "--plan", one.key]
        if run:
            of_call = {key: value for key, value in one.arguments if key in OF_A_CALL}
            words = ["train", "--resume", run.name, *_pairs(of_call)]
        if not _fig(words, common):
            return False
        run = _existing(saveroot)[one.key]
    assert run is not None
    return all(_after(call, run, common, library) for call in then)


def check_next(call: str, library: ConfigStore) -> list[str]:
    """The words of a call on a completed run, but for the run's name.

    Raises:
        CallError: it is wrong, or of a script that evaluates no run.
    """
    from ..experiment.call_check import check_call

    words = shlex.split(call)
    scripts = {one.name: one.settings for one in catalog.entries("script")}
    taking = [name for name, rows in scripts.items() if "load" in rows]
    if not words or (words[0] in scripts and words[0] not in taking):
        raise CallError(f"then: {call!r} takes no --load RUN; there is {', '.join(taking)}")
    replaces = ["--overwrite"] if "overwrite" in scripts.get(words[0], ()) else []
    try:
        if check_call(words, library).has("load"):
            raise CallError("a sweep says itself on which run: leave --load out")
        check_call([*words, *replaces], library, {"load": "last"})
    except CallError as error:
        raise CallError(f"then: {call}: {error}") from None
    return [*words, *replaces]


def _after(call: str, run: Run, common: Sequence[str], library: ConfigStore) -> bool:
    """One call on a completed run, unless it was made before with configs that are still the same."""
    from ..experiment.config_fingerprints import changed, fingerprints

    words = check_next(call, library)
    sheets = library.stack(*filter(library.knows, words))
    done = dict(run.info().get("called", {}))
    if call in done and not changed(done[call], sheets):
        return True
    if not _fig([*words, "--load", run.name], common):
        return False
    with run.lock:
        run.update(called={**done, call: fingerprints(sheets)})
    return True


def _fig(words: list[str], common: Sequence[str]) -> bool:
    """Show a command, and run it as its own process; whether it succeeded."""
    print(f"$ fig {shlex.join(words)}", flush=True)
    command = [sys.executable, "-m", "disentcli.cli", *words, *common]
    return subprocess.run(command, check=False).returncode == 0


def _pairs(arguments: Mapping[str, object]) -> list[str]:
    """Arguments as words of a command line."""
    return [word for key, value in arguments.items() for word in (f"--{key}", str(value))]


def _table(plan: list[SweepRun], saveroot: Path) -> list[list[str]]:
    """Show the table of what there is, and give its lines."""
    from ..experiment.sweep_table import sweep_groups, sweep_table
    from ..tables.probe_table import show_probes_of_seeds
    from ..tables.table import narrow, show_table

    names, groups = sweep_groups(plan, _existing(saveroot))
    table = sweep_table(plan, names, groups)
    header, *rows = narrow(table)
    show_table(header, rows)
    for group in groups:
        show_probes_of_seeds(group, names)
    return table
