"""The training loop of many runs at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..callbacks import is_due
from ..progress import Progress
from ..signals import TrainResult, handle_signals
from .ensemble import open_ensemble
from .ensemble_run import EnsembleRun


def train_ensemble(members: Sequence[EnsembleRun]) -> list[TrainResult]:
    """Train runs of one architecture until the budget, the time limit or a signal: `train`, for all in one.

    Their options differ in nothing but the seed. Each run is left as if it had been trained alone.

    Raises:
        CallError: the runs cannot be trained as one.
        DisentError: the disk is full, or another process writes one of the runs.
    """
    options = members[0].options
    with handle_signals(options.time_limit) as stop, open_ensemble(members) as crowd:
        bar = Progress(crowd.step, options.budget, quiet=options.quiet)
        while crowd.active and crowd.step < options.budget and not stop.requested():
            bar.advance(crowd.step_batch())
            if crowd.has_work():
                crowd.on_step_end()
            if crowd.active and is_due(crowd.step, options.print_freq):
                bar.show(crowd.mean_losses(), bar.rate())

        outcomes = crowd.finish(stop)
        bar.close()
    return outcomes
