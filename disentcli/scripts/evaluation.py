"""What `eval`, `eval-metrics` and `encode` share: which run, which of its images, where results go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CallError

if TYPE_CHECKING:
    import numpy as np

    from ..analysis.inference import Inference
    from ..console.settings import Settings
    from ..runs.run import Run


@dataclass(frozen=True)
class Opened:
    """A run's model and data, ready to be looked at; `step` is that of the checkpoint."""

    run: Run
    splits: Any
    inference: Inference
    step: int

    def indices(self, mode: str, limit: int | None = None) -> np.ndarray:
        """The dataset indices of a split, at most `limit`, evenly spread over it."""
        from ..analysis.examples import spread

        split = getattr(self.splits, mode)
        if not len(split):
            raise CallError(f"the {mode} split of {self.run.name} is empty; evaluate another one with --mode")
        return split if limit is None else spread(split, limit)


def find_run(settings: Settings) -> Run:
    """The run that --load names."""
    from ..runs.run import Run

    name = settings.get("load")
    if name is None:
        raise CallError(
            f"fig {settings.script} needs a run: --load RUN (a name, a unique prefix, a path, or last); "
            "`fig list runs` shows them"
        )
    return Run.find(settings.get("saveroot"), name)


def open_run(settings: Settings, run: Run) -> Opened:
    """Load the run's model and data. Every key of the call must have been read before: unread ones raise."""
    checkpoint, device = settings.get("checkpoint"), settings.get("device")
    batch_size, dataroot = settings.get("dataset.batch-size"), settings.get("dataroot")
    settings.check()
    from ..analysis.inference import Inference
    from ..runs.load import load_run

    loaded = load_run(run.path, checkpoint=checkpoint, device=device, dataroot=dataroot)
    inference = Inference(loaded.model, loaded.dataset, batch_size)
    return Opened(run, loaded.splits, inference, loaded.step)
