"""The training loop of many runs at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..attendance import due
from ..outcome import Outcome
from ..progress import Progress
from ..stopping import stopping
from .crowd import gathered
from .member import Member


def train_together(members: Sequence[Member]) -> list[Outcome]:
    """Train runs of one architecture until the budget, the time limit or a signal: `train`, for all in one.

    Their options differ in nothing but the seed. Each run is left as if it had been trained alone.

    Raises:
        CallError: the runs cannot be trained as one.
        DisentError: the disk is full, or another process writes one of the runs.
    """
    options = members[0].options
    with stopping(options.time_limit) as stop, gathered(members) as crowd:
        bar = Progress(crowd.step, options.budget, quiet=options.quiet)
        while crowd.at_work and crowd.step < options.budget and not stop.asked():
            bar.advance(crowd.take_step())
            if crowd.awaited():
                crowd.attend()
            if crowd.at_work and due(crowd.step, options.print_freq):
                bar.show(crowd.mean_losses(), bar.rate())

        outcomes = crowd.finish(stop)
        bar.close()
    return outcomes
