"""The matrices that metrics store: what rows, columns and colours mean, and which latents are inactive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..tables.display_names import metric_words
from .active_latents import Activity
from .drawing import save, short_label
from .latent_matching import match
from .matrices import LabelledMatrix, heat_map, latent_labels

LATENT, FACTOR = "latent", "factor"
MAPS = "response_maps"  # the metric whose arrays are over positions in the latent space
# array of a metric → what it is, unit of its entries, top of the scale
MEANINGS: dict[str, tuple[str, str, float | None]] = {
    "mutual_information": ("mutual information", "nats", None),
    "normalised_information": ("normalised mutual information", "share of the entropy", 1.0),
    "importance": ("importance for predicting each factor", "share", 1.0),
    "coefficients": ("coefficients for predicting each factor", "coefficient", None),
    "score_matrix": ("score of each latent alone", "score", 1.0),
    "irs_matrix": ("interventional robustness", "robustness", 1.0),
    "train_votes": ("votes, training", "votes", None),
    "eval_votes": ("votes, evaluation", "votes", None),
    "conditioned_responses": ("response to each factor", "root mean square", None),
    "response_matrix": ("latent responses", "root mean square", None),
    "covariance": ("covariance", "covariance", None),
    "per_pair": ("distance to a factorised support", "distance", None),
    "mean_per_pair": ("mean unfairness", "total variation", 1.0),
    "max_per_pair": ("largest unfairness", "total variation", 1.0),
}
# array → the least top of its scale, so that noise keeps its dark colours: ln 2 nats are one bit
LEAST_TOPS = {"mutual_information": float(np.log(2)), "covariance": 0.1, "coefficients": 0.1}
RESPONSES = ("response_matrix", "conditioned_responses")  # in units of codes
AXES = {  # rows and columns of square matrices, which their shape leaves open
    "response_matrix": ("replaced latent", "answering latent"),
    "mean_per_pair": ("target factor", "sensitive factor"),
    "max_per_pair": ("target factor", "sensitive factor"),
}
MATCHED = "rows in the order of the best one-to-one matching with the factors (framed)"


@dataclass(frozen=True)
class AxisLabels:
    """The names on the axes of a matrix: of latents, of factors that vary; which latents are inactive.

    code_scale: the largest standard deviation of a code, beside which responses are large or small.
    """

    latents: int
    factors: Sequence[str] = ()
    activity: Activity | None = None
    code_scale: float | None = None

    @property
    def inactive(self) -> frozenset[str]:
        """The labels of the inactive latents."""
        mask = np.ones(self.latents, dtype=bool) if self.activity is None else self.activity.mask
        return frozenset(name for name, on in zip(latent_labels(self.latents), mask, strict=True) if not on)

    @property
    def criterion(self) -> str:
        """What the labels in brackets have in common; empty where there are none."""
        return self.activity.criterion if self.activity is not None and self.inactive else ""

    def of(self, axis: str) -> Sequence[str]:
        """The labels of an axis."""
        return [*map(short_label, self.factors)] if axis.endswith(FACTOR) else latent_labels(self.latents)


def save_matrices(arrays: Mapping[str, np.ndarray], labels: AxisLabels, folder: Path) -> list[Path]:
    """A heat map of each array "<metric>/<name>" that is a matrix over latents or factors."""
    return [
        save(heat_map(matrix), folder / f"{name}.png") for name, matrix in labelled_matrices(arrays, labels)
    ]


def labelled_matrices(
    arrays: Mapping[str, np.ndarray], labels: AxisLabels
) -> Iterator[tuple[str, LabelledMatrix]]:
    """Name "<metric>_<array>" and matrix of each array "<metric>/<array>" over latents or factors."""
    for key, array in arrays.items():
        metric, _, name = key.partition("/")
        axes = _axes(key, np.asarray(array), labels)
        if axes is not None:
            yield f"{metric}_{name}", _labelled(metric, name, array, axes, labels)


def is_matched(matrix: LabelledMatrix) -> bool:
    """Whether this is a matrix of latents × factors."""
    return bool(matrix.boxed)


def _axes(key: str, array: np.ndarray, labels: AxisLabels) -> tuple[str, str] | None:
    """What rows and columns are; None where the array is no matrix over latents and factors."""
    name, metric = key.partition("/")[2], key.partition("/")[0]
    latents, factors = labels.latents, len(labels.factors)
    if array.ndim != 2 or not array.size or not np.issubdtype(array.dtype, np.number) or metric == MAPS:
        return None
    if name in AXES:
        found = AXES[name]
    elif metric == "unsupervised" or name == "per_pair":
        found = (LATENT, LATENT)
    elif name in ("train_votes", "eval_votes", "conditioned_responses"):
        found = (FACTOR, LATENT)
    else:
        shapes = {(latents, factors): (LATENT, FACTOR), (factors, latents): (FACTOR, LATENT)}
        found = shapes.get(array.shape, (LATENT, LATENT))
    return found if array.shape == tuple(len(labels.of(axis)) for axis in found) else None


def _labelled(
    metric: str, name: str, array: np.ndarray, axes: tuple[str, str], labels: AxisLabels
) -> LabelledMatrix:
    meaning, unit, top = MEANINGS.get(name, (name.replace("_", " "), "value", None))
    if axes == (FACTOR, LATENT):
        array, axes = array.T, (LATENT, FACTOR)
    matched = axes == (LATENT, FACTOR)
    matching = match(array) if matched else None
    order = matching.order if matching else np.arange(len(array))
    rows = labels.of(axes[0])
    criterion = labels.criterion if any(axis.endswith(LATENT) for axis in axes) else ""
    return LabelledMatrix(
        matrix=array[order],
        title=f"{metric_words(metric)}: {meaning}",
        rows=[rows[int(i)] for i in order],
        columns=labels.of(axes[1]),
        row_title=axes[0],
        column_title=axes[1],
        scale=unit,
        top=_top(array, top, name, labels),
        foot="; ".join(filter(None, (MATCHED if matched else "", criterion))),
        boxed=matching.cells if matching else (),
        inactive=labels.inactive,
    )


def _top(array: np.ndarray, top: float | None, name: str, labels: AxisLabels) -> float | None:
    """The top of the scale: what entries can be at most, else the largest one, but never that of noise."""
    largest = float(np.nanmax(np.abs(array), initial=0.0))
    if top is not None and largest <= top:
        return top
    least = LEAST_TOPS.get(name, 0.0)
    if name in RESPONSES and labels.code_scale is not None:
        least = labels.code_scale
    return max(largest, least) or None
