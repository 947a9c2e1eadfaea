"""The matrices that metrics store, with what their rows, columns and colours mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .active_latents import MEANING
from .latent_matching import match
from .matrices import Labelled, latent_labels

LATENT, FACTOR = "latent", "factor"

# array of a metric → what it is, unit of its entries, top of the scale
MEANINGS: dict[str, tuple[str, str, float | None]] = {
    "mutual_information": ("mutual information", "nats", None),
    "normalised_information": ("normalised mutual information", "share of the entropy", 1.0),
    "importance": ("importance for predicting each factor", "share", 1.0),
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
AXES = {  # rows and columns of square matrices, of which the shape does not tell
    "response_matrix": ("replaced latent", "answering latent"),
    "mean_per_pair": ("target factor", "sensitive factor"),
    "max_per_pair": ("target factor", "sensitive factor"),
}
MATCHED = "rows in the order of the best one-to-one matching with the factors (framed)"


@dataclass(frozen=True)
class Naming:
    """The names on the axes: of the latents, of the factors that vary, and which latents are inactive."""

    latents: int
    factors: Sequence[str] = ()
    active: np.ndarray | None = None

    @property
    def dim(self) -> frozenset[str]:
        """The labels of the inactive latents."""
        mask = np.ones(self.latents, dtype=bool) if self.active is None else self.active
        return frozenset(name for name, on in zip(latent_labels(self.latents), mask, strict=True) if not on)

    def of(self, axis: str) -> Sequence[str]:
        """The labels of an axis."""
        return self.factors if axis.endswith(FACTOR) else latent_labels(self.latents)


def labelled_matrices(arrays: Mapping[str, np.ndarray], naming: Naming) -> Iterator[tuple[str, Labelled]]:
    """Name "<metric>_<array>" and matrix of each array "<metric>/<array>" over latents or factors."""
    for key, array in arrays.items():
        metric, _, name = key.partition("/")
        axes = _axes(key, np.asarray(array), naming)
        if axes is not None:
            yield f"{metric}_{name}", _labelled(metric, name, array, axes, naming)


def is_matched(one: Labelled) -> bool:
    """Whether this is a matrix of latents × factors."""
    return bool(one.boxed)


def _axes(key: str, array: np.ndarray, naming: Naming) -> tuple[str, str] | None:
    """What rows and columns are; None where the array is no matrix over latents and factors."""
    name, metric = key.partition("/")[2], key.partition("/")[0]
    latents, factors = naming.latents, len(naming.factors)
    if array.ndim != 2 or not array.size or not np.issubdtype(array.dtype, np.number):
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
    return found if array.shape == tuple(len(naming.of(axis)) for axis in found) else None


def _labelled(metric: str, name: str, array: np.ndarray, axes: tuple[str, str], naming: Naming) -> Labelled:
    meaning, unit, top = MEANINGS.get(name, (name.replace("_", " "), "value", None))
    if axes == (FACTOR, LATENT):
        array, axes = array.T, (LATENT, FACTOR)
    matched = axes == (LATENT, FACTOR)
    matching = match(array) if matched else None
    order = matching.order if matching else np.arange(len(array))
    rows = naming.of(axes[0])
    inactive = naming.dim and any(axis.endswith(LATENT) for axis in axes)
    return Labelled(
        matrix=array[order],
        title=f"{metric}: {meaning}",
        rows=[rows[int(i)] for i in order],
        columns=naming.of(axes[1]),
        row_title=axes[0],
        column_title=axes[1],
        scale=unit,
        top=top if top is not None and np.nanmax(np.abs(array)) <= top else None,
        foot="; ".join(filter(None, (MATCHED if matched else "", MEANING if inactive else ""))),
        boxed=matching.cells if matching else (),
        dim=naming.dim,
    )
