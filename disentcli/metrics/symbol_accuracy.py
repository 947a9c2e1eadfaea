"""Accuracy of the symbols of pianorolls, by track, beside floors that need no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from ..data.pianoroll.symbols import PITCHES, SILENCE, SYMBOLS
from ..errors import Unsupported
from ..registry import metric
from .split_parts import TRAIN, SplitParts

BATCH = 256


class SymbolCounts:
    """How many of the symbols (N, K, T) shown were right: of all, and of those that begin a note."""

    def __init__(self, tracks: int) -> None:
        self.right, self.total = np.zeros((tracks, 2)), np.zeros((tracks, 2))

    def add(self, truth: np.ndarray, predicted: np.ndarray) -> None:
        """Count a batch."""
        notes = truth < PITCHES
        for k, among in enumerate((np.ones_like(notes), notes)):
            self.right[:, k] += ((truth == predicted) & among).sum((0, 2))
            self.total[:, k] += among.sum((0, 2))

    def scores(self, names: Sequence[str]) -> dict[str, float]:
        """`accuracy` and `notes` (accuracy where a note begins: without silence and hold), and by track.

        NaN where there is no note.
        """
        of_all = {"accuracy": self._share(slice(None), 0), "notes": self._share(slice(None), 1)}
        by_track = {
            f"{score}.{name}": self._share(slice(k, k + 1), column)
            for column, score in enumerate(of_all)
            for k, name in enumerate(names)
        }
        return {**of_all, **by_track}

    def _share(self, tracks: slice, column: int) -> float:
        total = self.total[tracks, column].sum()
        return float(self.right[tracks, column].sum() / total) if total else float("nan")


def track_names(dataset: Any) -> tuple[str, ...]:
    """What the tracks of a dataset are called; Unsupported where the data are no pianorolls."""
    if len(getattr(dataset, "shape", ())) != 2:  # codes of a file have no dataset
        raise Unsupported("the data are no pianorolls")
    tracks = getattr(dataset, "tracks", None)
    return tracks.names if tracks else tuple(f"track{k}" for k in range(dataset.shape[0]))


@metric("symbol_accuracy")
def symbol_accuracy(split_parts: SplitParts, model: Any, dataset: Any) -> dict[str, float]:
    """How many symbols of songs are right, decoded from mean codes: `in_distribution.notes.bass`.

    Parts: `train`, and `in_distribution`, the windows of validation and test songs. `accuracy` is of all
    symbols, `notes` of the ticks where a note begins: silence and hold, the most frequent ones, are left out.
    Each also by track.

    Floors, of the same windows: `repeat_last`, the symbol of the tick before (known, as no decoder knows it),
    and `commonest`, the most frequent symbol of each track in training.

    Raises:
        Unsupported: the data are no pianorolls, or the model has no decoder.
    """
    names = track_names(dataset)
    if not hasattr(model, "decode"):
        raise Unsupported(f"{model.short_name} has no decoder")
    commonest = commonest_symbols(_symbols(dataset, split_parts.indices[TRAIN]), len(names))
    scores: dict[str, float] = {}
    for part in split_parts.present:
        indices, codes = split_parts.indices[part], split_parts.codes(part)
        found, repeated, constant = (SymbolCounts(len(names)) for _ in range(3))
        for start, truth in zip(range(0, len(indices), BATCH), _symbols(dataset, indices), strict=True):
            found.add(truth, _decoded(model, codes[start : start + BATCH]))
            repeated.add(truth, repeat_last(truth))
            constant.add(truth, np.broadcast_to(commonest[:, None], truth.shape))
        scores |= {f"{part}.{name}": score for name, score in found.scores(names).items()}
        for floor, counts in (("repeat_last", repeated), ("commonest", constant)):
            scores |= {f"{part}.{floor}.{name}": score for name, score in counts.scores(names).items()}
    return scores


def repeat_last(symbols: np.ndarray) -> np.ndarray:
    """Symbols (N, K, T), each that of the tick before; of the first tick, silence.

    >>> repeat_last(np.array([[[60, 129, 62]]])).tolist()
    [[[128, 60, 129]]]
    """
    return np.concatenate([np.full_like(symbols[..., :1], SILENCE), symbols[..., :-1]], axis=-1)


def commonest_symbols(batches: Iterator[np.ndarray], tracks: int) -> np.ndarray:
    """The most frequent symbol (K,) of each track, HOLD and SILENCE among them."""
    counts = np.zeros((tracks, SYMBOLS), np.int64)
    for symbols in batches:
        for k in range(tracks):
            counts[k] += np.bincount(symbols[:, k].ravel(), minlength=SYMBOLS)
    return counts.argmax(1)


def _symbols(dataset: Any, indices: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(indices), BATCH):
        places = torch.as_tensor(indices[start : start + BATCH], device=dataset.index_device)
        yield dataset.batch(places).cpu().numpy().astype(np.int64)


@torch.no_grad()
def _decoded(model: Any, codes: np.ndarray) -> np.ndarray:
    device = next(model.parameters()).device
    decoded: np.ndarray = model.decode(torch.from_numpy(codes).float().to(device)).cpu().numpy()
    return decoded.astype(np.int64)
