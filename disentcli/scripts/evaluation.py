"""What `eval`, `eval-metrics` and `encode` share: which run, which of its images, where results go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CallError, DisentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

    from ..analysis.inference import Inference
    from ..console.settings import Settings
    from ..metrics.repeats import Spread
    from ..runs.data_check import DataCheck
    from ..runs.run import Run


@dataclass(frozen=True)
class Opened:
    """A run's model and data, ready to be looked at; `step` is that of the checkpoint.

    `trained_batch_size` is the size of the batches that it was trained on.
    `data` says whether the data are still those of the training, which results record.
    """

    run: Run
    splits: Any
    inference: Inference
    step: int
    trained_batch_size: int
    data: DataCheck

    def indices(self, mode: str, limit: int | None = None) -> np.ndarray:
        """The dataset indices of a split, at most `limit`, evenly spread over it."""
        from ..data.splits import spread

        split = getattr(self.splits, mode.replace("-", "_"))
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


def at_least_one(settings: Settings, *keys: str) -> list[Any]:
    """The counts that these keys hold: each a positive integer, or None where it is not set."""
    counts = [settings.get(key) for key in keys]
    for key, count in zip(keys, counts, strict=True):
        if count is not None and count < 1:
            raise CallError(f"--{key} must be at least 1, not {count}")
    return counts


def writable(run: Run, ident: str) -> Path:
    """The file of the results of this ident; raises DisentError if the run's folder cannot be written."""
    from ..runs.names import checked

    if not os.access(run.path, os.W_OK):
        raise DisentError(f"the results belong into {run.path}, which you may not write")
    return run.results / f"{checked(ident)}.json"


def open_run(settings: Settings, run: Run, representation: str | None = None) -> Opened:
    """Load the run's model and data, to look at its only representation or at the one of this name.

    Every key of the call must have been read before: unread ones raise.
    """
    checkpoint, device = settings.get("checkpoint"), settings.get("device")
    batch_size, dataroot = settings.get("dataset.batch-size"), settings.get("dataroot")
    data_changed = settings.get("data-changed")
    settings.check()
    from ..analysis.inference import Inference
    from ..runs.load import load_run
    from ..training.allocator import keep_memory

    keep_memory()
    loaded = load_run(
        run.path, checkpoint=checkpoint, device=device, dataroot=dataroot, data_changed=data_changed
    )
    inference = Inference(loaded.model, loaded.items, batch_size, representation=representation)
    return Opened(run, loaded.splits, inference, loaded.step, loaded.batch_size, loaded.data)


def warning_lines(warnings: Mapping[str, list[str]]) -> list[str]:
    """The warnings of metrics as they stand below a table."""
    return [f"warning: {name}: {text}" for name, texts in warnings.items() for text in texts]


def show(
    title: str,
    scores: Mapping[str, Mapping[str, float | None]],
    reasons: Mapping[str, str],
    results: Path | None,
    figures: list[Path],
    spreads: Mapping[str, Mapping[str, Spread]] | None = None,
    warnings: Mapping[str, list[str]] | None = None,
) -> None:
    """Print the scores as a table, why some are null, what to know of others, and where everything lies.

    With the spreads of repeated measurements, deviation and interval stand beside each mean.
    """
    from ..analysis.table import score_text, show_table

    header, rows = ["score", "value"], []
    if spreads:
        header = ["score", "mean", "std", "95 % from", "to"]
    for group, values in scores.items():
        for name, value in values.items():
            row = [group if name == group else f"{group}.{name}", score_text(value)]
            if spreads:
                spread = spreads.get(group, {}).get(name)
                row += [score_text(spread and spread[key]) for key in ("std", "low", "high")]
            rows.append(row)
    show_table(header, rows, title)
    for name, reason in reasons.items():
        print(f"no {name}: {reason}")
    for line in warning_lines(warnings or {}):
        print(line)
    if results:
        print(f"results: {results}")
    if figures:
        print(f"figures: {figures[0].parent} ({', '.join(path.name for path in figures)})")
