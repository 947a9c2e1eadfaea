"""Fréchet distances of a run's reconstructions and new images to the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CallError, Unsupported
from ..methods.inference import Inference
from ..methods.samplers import HybridSampler, PriorSampler
from ..metrics.fid import FeatureStatistics, few_images, frechet_distance, moments_of
from ..metrics.inception import PUBLISHED, WEIGHTS_FILE, Inception, load_inception
from ..metrics.pixel_features import PixelFeatures
from .fid_statistics import FeatureNetwork

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..metrics.evaluate import EvaluationResult

Distances = dict[str, float | None]
RealImages = Callable[[FeatureNetwork, int], FeatureStatistics]
"""Statistics of the real images in these features, given to the network so many at a time."""

KINDS = ("inception", "pixels")
SKIPPED = {"skip-rec-fid": "reconstruction", "skip-hyb-fid": "hybrid"}
OPTIONS = ("fid-samples", "fid.dim", "fid.batch-size", *SKIPPED)


@dataclass(frozen=True)
class FrechetPlan:
    """In which features images are compared, with how many new ones, and how many are shown at a time.

    inception: the network; without one, images are compared as they are, made small.
    skip: distances to leave out, of reconstructions and of hybrids.
    """

    inception: Inception | None
    samples: int
    batch_size: int
    skip: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What the scores are listed under."""
        return "frechet_pixels" if self.inception is None else "fid"

    def network(self, shape: tuple[int, ...]) -> Inception | PixelFeatures:
        """The features of images of this shape."""
        return PixelFeatures(shape[0]) if self.inception is None else self.inception

    def describe(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """What a reader of the results must know to compare them with others."""
        return {**self.network(shape).identity, "samples": self.samples}

    def measure(
        self, inference: Inference, indices: np.ndarray, seed: int, real: RealImages, found: EvaluationResult
    ) -> None:
        """Add the distances to what was found, why some are null, and what to know of the others."""
        network = self.network(inference.dataset.shape)
        distances, reason = frechet_distances(
            inference,
            network,
            indices,
            self.samples,
            seed,
            real=real,
            batch_size=self.batch_size,
            skip=self.skip,
        )
        found.scores[self.group] = distances
        if reason is not None:
            found.reasons[self.group] = reason
        few = few_images(min(len(indices), self.samples), network.dimension)
        other = None if self.inception is None else _unpublished(self.inception)
        warnings = [text for text in (few, other) if text]
        if warnings and any(value is not None for value in distances.values()):
            found.warnings[self.group] = warnings


def read_frechet(settings: Settings) -> FrechetPlan | None:
    """What the call asks for, its network loaded before anything is computed; None without distances.

    Raises:
        CallError: options that do not fit each other, or no such file.
        DisentError: the file does not hold the network.
    """
    weights, kind = settings.get("fid-weights"), settings.get("fid.features")
    if kind not in (None, *KINDS):
        raise CallError(f"--fid.features {kind}: expected {' or '.join(KINDS)}")
    if kind == "inception" and weights is None:
        raise CallError(
            f"--fid.features inception needs --fid-weights FILE: {WEIGHTS_FILE}, which is never downloaded"
        )
    given = [name for name in OPTIONS if settings.has(name)]
    if kind is None and weights is None:
        if given:
            raise CallError(
                f"--{given[0]} needs the network of the FID: --fid-weights FILE; or --fid.features pixels, "
                "which needs none"
            )
        return None
    if kind == "pixels" and (weights is not None or "fid.dim" in given):
        raise CallError("--fid.features pixels has no network: leave out --fid-weights and --fid.dim")
    network = None if kind == "pixels" else load_inception(weights, settings.get("fid.dim"))
    skip = tuple(left_out for name, left_out in SKIPPED.items() if name in given and settings.get(name))
    return FrechetPlan(network, settings.get("fid-samples"), settings.get("fid.batch-size"), skip)


def frechet_distances(
    inference: Inference,
    network: Any,
    indices: np.ndarray,
    samples: int,
    seed: int,
    *,
    real: RealImages | None = None,
    batch_size: int = 50,
    skip: Sequence[str] = (),
) -> tuple[Distances, str | None]:
    """Distances to these images, of their reconstructions and of `samples` new ones, but for those of `skip`.

    sample: of the run's own sampler; hybrid or prior: the same value, where that is its sampler; prior: also
    beside another sampler, where the model has a prior. Null, with the reason beside them, where the data are
    no images or the model cannot make new ones.
    """
    network = network.to(inference.device)

    def statistics(batches: Iterator[Tensor]) -> FeatureStatistics:
        return FeatureStatistics.of(moments_of(batches, network, network.dimension, batch_size))

    try:
        model = inference.decoding_model
        shown = statistics(_images(inference, indices)) if real is None else real(network, batch_size)
    except Unsupported as reason:
        return {"reconstruction": None, "sample": None}, str(reason)
    distances: Distances = {}
    missing = None
    for name, images in _image_sets(inference, indices, samples, seed, skip).items():
        try:
            distances[name] = frechet_distance(shown, statistics(images()))
        except Unsupported as reason:
            if name != "prior":
                distances[name], missing = None, str(reason)
    same = _own_source(model)
    if same and distances.get("sample") is not None:
        distances[same] = distances["sample"]
    return distances, missing


def _image_sets(
    inference: Inference, indices: np.ndarray, samples: int, seed: int, skip: Sequence[str]
) -> dict[str, Callable[[], Iterator[Tensor]]]:
    """How the images of each distance are made; those that two distances share once."""
    model = inference.decoding_model
    own = _own_source(model)
    sets: dict[str, Callable[[], Iterator[Tensor]]] = {}
    if "reconstruction" not in skip:
        sets["reconstruction"] = lambda: _reconstructed(inference, indices)
    if own not in skip:
        sets["sample"] = lambda: _generated(inference, model.sample_codes, samples, seed)
    if own != "prior":
        sets["prior"] = lambda: _generated(inference, model.sample_prior, samples, seed)
    return sets


def _own_source(model: Any) -> str | None:
    """Which of `hybrid` and `prior` the model's own sampler is; None for another one."""
    if isinstance(model.sampler, HybridSampler):
        return "hybrid"
    return "prior" if model.sampler is None or isinstance(model.sampler, PriorSampler) else None


def _unpublished(network: Inception) -> str | None:
    if network.weights.startswith(PUBLISHED):
        return None
    return (
        f"the weights, of sha256 {network.weights[:8]}…, are not those of {WEIGHTS_FILE}: the distances "
        "cannot be compared with published ones"
    )


def _parts(inference: Inference, indices: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(indices), inference.batch_size):
        yield indices[start : start + inference.batch_size]


def _images(inference: Inference, indices: np.ndarray) -> Iterator[Tensor]:
    return map(inference.images, _parts(inference, indices))


@torch.no_grad()
def _reconstructed(inference: Inference, indices: np.ndarray) -> Iterator[Tensor]:
    for part in _parts(inference, indices):
        yield inference.reconstructed(part)


@torch.no_grad()
def _generated(
    inference: Inference, draw: Callable[[int, torch.Generator], Tensor], count: int, seed: int
) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, count, inference.batch_size):
        yield inference.decoding_model.decode(draw(min(inference.batch_size, count - start), generator))
