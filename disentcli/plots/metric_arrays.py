"""The matrices that metrics store: what rows, columns and colours mean, and which latents are inactive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..metrics.infomec.ratios import ActivityRule
from ..metrics.standardize import without_rounding
from .drawing import save, short_label
from .latent_matching import match
from .matrices import LabelledMatrix, heat_map, latent_labels

LATENT, FACTOR = "latent", "factor"
MAPS = "response_maps"  # the metric whose arrays are over positions in the latent space
ACTIVITY_RULE = "range/20"
INACTIVE_MEANING = (
    "in brackets: inactive, with codes that range over less than a twentieth of the widest latent's"
)

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
AXES = {  # rows and columns of square matrices, which their shape leaves open
    "response_matrix": ("replaced latent", "answering latent"),
    "mean_per_pair": ("target factor", "sensitive factor"),
    "max_per_pair": ("target factor", "sensitive factor"),
}
MATCHED = "rows in the order of the best one-to-one matching with the factors (framed)"


@dataclass(frozen=True)
class AxisLabels:
    """The names on the axes of a matrix: of latents, of factors that vary, and which latents are inactive."""

    latents: int
    factors: Sequence[str] = ()
    active: np.ndarray | None = None

    @property
    def inactive(self) -> frozenset[str]:
        """The labels of the inactive latents."""
        mask = np.ones(self.latents, dtype=bool) if self.active is None else self.active
        return frozenset(name for name, on in zip(latent_labels(self.latents), mask, strict=True) if not on)

    def of(self, axis: str) -> Sequence[str]:
        """The labels of an axis."""
        return [*map(short_label, self.factors)] if axis.endswith(FACTOR) else latent_labels(self.latents)


def active_latents(codes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the latents whose codes (N, D) range over more than a twentieth of the widest's.

    Those whose codes are constant but for rounding are not active.
    """
    return ActivityRule.parse(ACTIVITY_RULE).active(without_rounding(codes))


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
    inactive = labels.inactive and any(axis.endswith(LATENT) for axis in axes)
    return LabelledMatrix(
        matrix=array[order],
        title=f"{metric}: {meaning}",
        rows=[rows[int(i)] for i in order],
        columns=labels.of(axes[1]),
        row_title=axes[0],
        column_title=axes[1],
        scale=unit,
        top=top if top is not None and np.nanmax(np.abs(array)) <= top else None,
        foot="; ".join(filter(None, (MATCHED if matched else "", INACTIVE_MEANING if inactive else ""))),
        boxed=matching.cells if matching else (),
        inactive=labels.inactive,
    )
