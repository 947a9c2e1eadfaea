"""`fig train … --seeds 8 --grid reg-wt=1,2,4`: many ordinary runs, trained as one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from itertools import takewhile

from ..config.settings import Settings
from ..console.terminal import page
from ..errors import CallError
from ..runs.run import Run
from ..runs.select import find_runs
from ..tables.table import score_text, show_table
from ..training.ensemble.compatibility import check_stackable
from ..training.ensemble.ensemble import train_ensemble
from ..training.ensemble.ensemble_run import EnsembleRun
from ..training.options import TrainOptions
from ..training.signals import TrainResult
from .dataset_cache import DatasetCache
from .multi_run_config import SOURCE, calls_of
from .parent_run import find_parent_run, over_parent
from .run_lifecycle import open_run
from .setup import TrainingSetup, set_up_machine, set_up_training

HEADER = ("run", "seed", "reg-wt", "status", "step", "loss")


def train_many(settings: Settings) -> int:
    """Trains the runs of a call at once, each as it would be trained alone."""
    trainings = _assemble_all(calls_of(settings))
    born = datetime.now()
    runs = [open_run(one, born) for one in trainings]
    for run in runs:
        run.update(together=[one.name for one in runs])
    _announce(runs, trainings)
    members = [
        EnsembleRun(run, one.state, one.dataset, one.splits, one.options)
        for run, one in zip(runs, trainings, strict=True)
    ]
    outcomes = train_ensemble(members)
    _conclude(members, outcomes)
    return max(outcome.exit_code for outcome in outcomes)


def _assemble_all(calls: Sequence[Settings]) -> list[TrainingSetup]:
    """All that the runs need; CallError where they cannot be trained as one."""
    formers = [find_parent_run(call) for call in calls]
    calls = [over_parent(call, former) for call, former in zip(calls, formers, strict=True)]
    devices = [set_up_machine(call) for call in calls]
    datasets = DatasetCache(devices[0], calls[0].get("dataset.resident"))
    trainings = [set_up_training(call, former, datasets) for call, former in zip(calls, formers, strict=True)]
    calls[0].check()
    calls[0].check_configs()
    for one in trainings:
        _check_weight(one)
        _check_options(trainings[0].options, one.options)
    check_stackable([one.state for one in trainings])
    return trainings


def _check_weight(training: TrainingSetup) -> None:
    """The method has to take the weight that the run is told apart by."""
    settings, model = training.settings, training.state.model
    if settings.source(("reg_wt",)) == SOURCE and model.reg_wt != settings.get("reg-wt"):
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


def _announce(runs: Sequence[Run], trainings: Sequence[TrainingSetup]) -> None:
    """Say what begins, and where it is kept."""
    state, options = trainings[0].state, trainings[0].options
    if not options.quiet:
        parameters = sum(one.numel() for one in state.model.parameters())
        steps = f"steps {state.step:,} to {options.budget:,} on {state.device}"
        paths = "\n".join(str(run.path) for run in runs)
        page(f"{paths}\n{len(runs)} runs of {parameters:,} parameters, {steps}")


def _conclude(members: Sequence[EnsembleRun], outcomes: Sequence[TrainResult]) -> None:
    """A row for each run, and what can be done next."""
    if members[0].options.quiet:
        return
    ends = list(zip(members, outcomes, strict=True))
    show_table(HEADER, [_row(member, outcome) for member, outcome in ends])
    left = [member.run for member, outcome in ends if outcome.status == "interrupted"]
    if left:
        page(f"next: fig train --resume {_together(left)}")
    else:
        page(f"next: fig eval-metrics --load {_together([member.run for member in members])}")


def _together(runs: Sequence[Run]) -> str:
    """The pattern that fits these runs and no others, or their names."""
    names = [run.name for run in runs]
    pattern = f"{_beginning(names)}*{_beginning([name[::-1] for name in names])[::-1]}"
    fitting = {run.name for run in find_runs(runs[0].path.parent, [pattern])}
    return f"'{pattern}'" if fitting == set(names) else ",".join(names)


def _beginning(names: Sequence[str]) -> str:
    """What all names begin with."""
    letters = takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))
    return "".join(column[0] for column in letters)


def _row(member: EnsembleRun, outcome: TrainResult) -> tuple[str, ...]:
    failed = outcome.status == "failed"
    loss = None if failed else member.state.loss_log.mean().get("loss")
    return (
        member.run.name,
        str(member.options.seed),
        f"{member.state.model.reg_wt:g}",
        outcome.status,
        f"{outcome.step:,}",
        score_text(loss),
    )
