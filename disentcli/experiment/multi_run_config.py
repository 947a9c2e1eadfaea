"""Which runs a call asks for at once: new ones (--seeds, --grid), or several to be continued."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..config.config_layers import COMMAND_LINE, ConfigLayer
from ..config.settings import Settings
from ..console.terminal import warn
from ..errors import CallError
from ..runs import checkpoint
from ..runs.naming import number_text
from ..runs.run import Run
from ..runs.run_index import is_pattern
from ..runs.select import find_runs
from .sweep_plan import SweepRun, arguments_of_runs, parse_grid, parse_seeds, plan_runs

SOURCE = "--seeds and --grid"
NUMBERS = ("reg-wt",)  # keys in which runs of one architecture may differ


def asks_for_many(settings: Settings) -> bool:
    """Whether the call is of several runs; a config that is written for a sweep does not make it so."""
    resumed = settings.get("resume") or ""
    return _typed(settings, "seeds") or _typed(settings, "grid") or "," in resumed or is_pattern(resumed)


def settings_of_runs(settings: Settings) -> list[Settings]:
    """The settings of each run, as if it were called alone.

    Raises:
        CallError: the call is wrong; it says how to put it right.
    """
    if not (_typed(settings, "seeds") or _typed(settings, "grid")):
        return _continued(settings)
    for key in ("resume", "load", "shared", "plan"):
        if settings.has(key):
            raise CallError(
                f"--{key} is of one run, --seeds and --grid make many new ones: leave one of them out"
            )
    if settings.get("compile") not in (False, "graph"):
        raise CallError(
            "many runs at once take --compile graph or false; with others train one by one, with `fig sweep`"
        )
    seeds, grid = _seeds(settings), _grid(settings)
    planned = plan_runs(settings.configs, arguments_of_runs(settings.argv), grid, seeds, lambda word: False)
    return [settings.with_overrides([_layer(settings, one, several=len(seeds) > 1)]) for one in planned]


def _typed(settings: Settings, key: str) -> bool:
    return settings.has(key) and settings.source(key) == COMMAND_LINE


def _seeds(settings: Settings) -> list[int]:
    """Those of --seeds; the seed of a single run where only a grid is given."""
    if not _typed(settings, "seeds"):
        return [settings.get("seed")]
    if _typed(settings, "seed"):
        raise CallError("--seed is of one run, --seeds of many: give one of them")
    return parse_seeds(settings.get("seeds"))


def _grid(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The weights of each axis, as typed."""
    if not _typed(settings, "grid"):
        return {}
    text = settings.get("grid", type=str)
    grid = {key.replace("_", "-"): values for key, values in parse_grid(text).items()}
    for key, values in grid.items():
        if key not in NUMBERS:
            raise CallError(
                f"--grid {key}: runs that are trained as one may differ in {' and '.join(NUMBERS)} only; for "
                f"any other key: fig sweep train … --grid {key}={','.join(values)}"
            )
        if _typed(settings, key):
            raise CallError(f"--grid and --{key} both set {key}: give one of them")
        numbers = [_number(key, value) for value in values]
        if len(set(numbers)) < len(numbers):
            raise CallError(f"--grid {key}={','.join(values)}: expected each value once")
    return grid


def _number(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CallError(f"--grid {key}: expected numbers, got {text!r}")
    return number


def _layer(settings: Settings, one: SweepRun, *, several: bool) -> ConfigLayer:
    """What sets one run apart: seed, weights, the key by which a sweep finds it, and a name to tell it by."""
    numbers = {key: float(text) for key, text in one.axes}
    seed = [f"seed{one.seed}"] if several else []
    named: dict[str, str] = {}
    if settings.has("name"):
        shown = [f"{key}{number_text(number)}" for key, number in numbers.items()]
        named = {"name": "_".join([settings.get("name"), *shown, *seed])}
    elif seed:
        named = {"extra": "_".join(filter(None, [settings.get("extra", None), *seed]))}
    return ConfigLayer({**numbers, **named, "seed": one.seed, "plan": one.sweep_key}, SOURCE)


def _continued(settings: Settings) -> list[Settings]:
    """The settings of each run that --resume names, from the checkpoint of one step."""
    runs = find_runs(settings.get("saveroot"), settings.get("resume").split(","))
    step = _common_step(runs, settings.get("checkpoint"))
    return [
        settings.with_overrides([ConfigLayer({"resume": str(run.path), "checkpoint": str(step)}, "--resume")])
        for run in sorted(runs, key=lambda run: run.name)
    ]


def _common_step(runs: Sequence[Run], which: str) -> int:
    """The step that this checkpoint is of, in all of them alike.

    Runs of one call that was killed between their checkpoints go on from the newest step that all have.
    """
    steps = {run.name: checkpoint.find_step(run, which) for run in runs}
    if len(set(steps.values())) == 1:
        return next(iter(steps.values()))
    listed = ", ".join(f"{name} at {step:,}" for name, step in steps.items())
    common = set.intersection(*(set(checkpoint.steps(run)) for run in runs))
    if common and which == "last" and _of_one_call(runs):
        warn(f"killed between their checkpoints ({listed}), the runs go on from step {max(common):,}")
        return max(common)
    way_out = f"all have step {max(common)}: --checkpoint {max(common)}; or " if common else ""
    raise CallError(
        f"runs at different steps cannot go on as one: {listed};\n{way_out}continue those of one step"
    )


def _of_one_call(runs: Sequence[Run]) -> bool:
    """Whether the last call of each trained all of them, and none has failed."""
    infos = [run.info() for run in runs]
    calls = {(tuple(info.get("together", ())), tuple(info.get("command", ()))) for info in infos}
    together = infos[0].get("together", ())
    failed = any(info["status"] == "failed" for info in infos)
    return len(calls) == 1 and {run.name for run in runs} <= set(together) and not failed
