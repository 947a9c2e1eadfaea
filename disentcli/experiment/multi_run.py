"""`fig train … --seeds 8 --grid reg-wt=1,2,4`: many ordinary runs, trained as one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from itertools import takewhile

from ..config.settings import Settings
from ..console.terminal import echo, echo_next
from ..errors import CallError
from ..runs.run import Run
from ..runs.select import find_runs
from ..tables.table import score_text, show_table
from ..training.ensemble.compatibility import check_stackable
from ..training.ensemble.ensemble import train_ensemble
from ..training.ensemble.ensemble_run import EnsembleRun
from ..training.options import TrainOptions
from ..training.signals import TrainResult
from .data_setup import DatasetCache
from .multi_run_config import SOURCE, settings_of_runs
from .parent_run import find_parent_run, over_parent
from .run_lifecycle import open_run
from .setup import TrainingSetup, set_up_machine, set_up_training

HEADER = ("run", "seed", "reg-wt", "status", "step", "loss")


def train_many(settings: Settings) -> int:
    """Trains the runs of a call at once, each as it would be trained alone."""
    trainings = _set_up_all(settings_of_runs(settings))
    started = datetime.now()
    runs = [open_run(one, started) for one in trainings]
    for run in runs:
        run.update(together=[one.name for one in runs])
    _print_start(runs, trainings)
    ensemble = [
        EnsembleRun(run, one.state, one.dataset, one.splits, one.options)
        for run, one in zip(runs, trainings, strict=True)
    ]
    results = train_ensemble(ensemble)
    _print_end(ensemble, results)
    return max(result.exit_code for result in results)


def _set_up_all(calls: Sequence[Settings]) -> list[TrainingSetup]:
    """All that the runs need; CallError where they cannot be trained as one."""
    parents = [find_parent_run(call) for call in calls]
    calls = [over_parent(call, parent) for call, parent in zip(calls, parents, strict=True)]
    devices = [set_up_machine(call) for call in calls]
    datasets = DatasetCache(devices[0], calls[0].get("dataset.resident"))
    trainings = [set_up_training(call, parent, datasets) for call, parent in zip(calls, parents, strict=True)]
    for call, training in zip(calls, trainings, strict=True):
        _check_weight(call, training)
        _check_options(trainings[0].options, training.options)
    check_stackable([one.state for one in trainings])
    if any(one.options.early_stopping for one in trainings):
        raise CallError(
            "runs that are trained as one all take the same steps: for early-stopping train them one by one, "
            "with `fig sweep`"
        )
    return trainings


def _check_weight(settings: Settings, training: TrainingSetup) -> None:
    """Raise CallError unless the method has the weight by which the runs differ."""
    model = training.state.model
    if settings.source("reg-wt") == SOURCE and model.reg_wt != settings.get("reg-wt"):
        raise CallError(
            f"--grid reg-wt: the method {model.short_name} does not take its weight from there; "
            "see `fig list methods` for those that do"
        )


def _check_options(first: TrainOptions, other: TrainOptions) -> None:
    """Runs that are continued together have to agree on how long, and on what to do when."""
    own = ("seed", "loggers", "validation_metrics")
    names = [one.name for one in fields(first) if one.name not in own]
    differing = [name for name in names if getattr(first, name) != getattr(other, name)]
    if differing:
        raise CallError(
            f"the runs differ in {', '.join(differing)}: set it for all of them, as in --budget 10000, or "
            "continue each alone"
        )


def _print_start(runs: Sequence[Run], trainings: Sequence[TrainingSetup]) -> None:
    """Say what begins, and where it is kept."""
    state, options = trainings[0].state, trainings[0].options
    if not options.quiet:
        parameters = sum(one.numel() for one in state.model.parameters())
        steps = f"steps {state.step:,} to {options.budget:,} on {state.device}"
        paths = "\n".join(str(run.path) for run in runs)
        echo(f"{paths}\n{len(runs)} runs of {parameters:,} parameters, {steps}")


def _print_end(ensemble: Sequence[EnsembleRun], results: Sequence[TrainResult]) -> None:
    """A row for each run, and what can be done next."""
    if ensemble[0].options.quiet:
        return
    ends = list(zip(ensemble, results, strict=True))
    show_table(HEADER, [_row(one, result) for one, result in ends])
    left = [one.run for one, result in ends if result.status == "interrupted"]
    if left:
        echo_next(f"next: fig train --resume {_pattern_of(left)}")
    else:
        echo_next(f"next: fig eval-metrics --load {_pattern_of([one.run for one in ensemble])}")


def _pattern_of(runs: Sequence[Run]) -> str:
    """The pattern that fits these runs and no others, or their names."""
    names = [run.name for run in runs]
    ending = _common_prefix([name[::-1] for name in names])[::-1]
    pattern = f"{_common_prefix(names)}*{ending}"
    fitting = {run.name for run in find_runs(runs[0].path.parent, [pattern])}
    return f"'{pattern}'" if fitting == set(names) else ",".join(names)


def _common_prefix(names: Sequence[str]) -> str:
    """What all names begin with."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))
    return "".join(column[0] for column in columns)


def _row(one: EnsembleRun, result: TrainResult) -> tuple[str, ...]:
    failed = result.status == "failed"
    loss = None if failed else one.state.loss_log.mean().get("loss")
    return (
        one.run.name,
        str(one.options.seed),
        f"{one.state.model.reg_wt:g}",
        result.status,
        f"{result.step:,}",
        score_text(loss),
    )
