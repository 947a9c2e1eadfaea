"""The arguments that an evaluation gives to metrics by name, computed at first use and shared by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from ..data.parts import images_of
from ..errors import Unsupported
from ..methods.latent_samples import LatentSamples
from .code_cache import CodeCache
from .discretize import in_one_type, require_varying
from .entity_images import EntityImages
from .representations import Representation, RepresentationProvider
from .sampling import BATCH, FactorSampler, GridFactorSampler, NoSampler, sample_factors, training_rows
from .seeded_rng import TESTED, SeededRNG
from .split_parts import SplitParts

INJECTABLE = (
    *("codes", "factors", "test_codes", "test_factors", "factor_names", "factor_sizes", "factor_space"),
    *("code_indices", "codes_of_runs", "encode_factors", "respond", "sampler", "grid", "model", "dataset"),
    *("representations", "split_parts", "entity_images", "sample_latents", "seed", "rng", "random_state"),
)


@dataclass
class MetricContext(SeededRNG):
    """Codes and factors of one evaluation of a model, drawn from one part of its data.

    From all of a full grid, points are drawn uniformly with replacement, as published; otherwise without, and
    two thirds become training points where there are fewer than points + test_points. Factors with a single
    value in the part are left out.

    Attributes:
        dataset, model: the data and the trained method.
        split: indices (N,) of the `part` of the data that points come from.
        encode: indices (n,) → codes (n, D).
        respond: codes (n, D) → codes (n, D) of what is decoded from them.
        part: the name of that part: train, val, test, held-out or all.
        points, test_points: how many are measured on or trained on, and how many test.
        table: the cache that codes come from, which several contexts may share; of `encode` if None.
        exhaustive: each image of a full grid is one training point.
        represent: gives representations of the training split, and of another part to test them on.
        draw_latents: draws `sample_latents`, given indices, a count and a seed; None without a model.
        draw_parts: draws `split_parts`, given what encodes, counts and a seed; None without a split.
        entity_images_of: gives `entity_images`, given what encodes and a seed; None without a split.
    """

    dataset: Any
    model: Any
    split: np.ndarray
    encode: Callable[[np.ndarray], np.ndarray]
    respond: Callable[[np.ndarray], np.ndarray]
    part: str = "all"
    points: int = 10_000
    test_points: int = 5_000
    seed: int = 0
    quiet: bool = True
    table: CodeCache | None = None
    exhaustive: bool = False
    represent: RepresentationProvider | None = None
    draw_latents: Callable[[np.ndarray, int, int], LatentSamples] | None = None
    draw_parts: Callable[[Callable[[np.ndarray], np.ndarray], int, int, int], SplitParts] | None = None
    entity_images_of: Callable[[Callable[[np.ndarray], np.ndarray], int], EntityImages] | None = None

    def __post_init__(self) -> None:
        if self.table is None:
            self.table = CodeCache(self.encode, len(self.dataset), quiet=self.quiet)

    def with_seed(self, seed: int) -> MetricContext:
        """The same with points drawn by another seed; images stay encoded."""
        return replace(self, seed=seed)

    def on_full_grid(self) -> MetricContext | None:
        """The same on every image of the grid; None where points do not come from a full grid."""
        return replace(self, exhaustive=True) if self._from_grid else None

    @cached_property
    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Dataset indices of the training and of the test points."""
        if self._from_grid:
            draws = self.random_state
            train, test = self._draw(self.points, draws), self._draw(self.test_points, draws)
            return (np.arange(len(self.dataset)) if self.exhaustive else train), test
        if len(self.split) < 3:
            raise Unsupported(f"metrics need at least 3 points, the split has {len(self.split)}")
        order = self.rng.permutation(self.split)[: self.points + self.test_points]
        cut = training_rows(len(order), self.points, self.test_points)
        return order[:cut], order[cut:]

    @property
    def sampling(self) -> str:
        """How the points were chosen, those to train on and those to test on."""
        return self.sampling_of(["test_codes"])

    def sampling_of(self, arguments: Iterable[str]) -> str:
        """How the points, or the items of representations, were chosen for a metric with these arguments."""
        if "representations" in arguments:
            return self._represent.sampling(self.points, self.test_points)
        if "split_parts" in arguments:
            return self.split_parts.describe()
        if "entity_images" in arguments:
            self.entity_images.model.check()
            return self.entity_images.describe()
        train, test = (len(points) for points in self.indices)
        count = f"{train:,} + {test:,}" if test and TESTED & set(arguments) else f"{train:,}"
        if self._from_grid:
            each = f"each of the {train:,} images of the full grid"
            drawn = f"{count} points drawn uniformly, with replacement, from the full grid"
            return each if self.exhaustive else drawn
        if train == len(self.split):
            return f"all {images_of(self.part, train)}"
        return f"{count} of the {images_of(self.part, len(self.split))}, without replacement"

    @cached_property
    def codes(self) -> np.ndarray:
        """Codes (N, D) of the training points."""
        return self._table.get(self.indices[0])

    @cached_property
    def test_codes(self) -> np.ndarray:
        """Codes (M, D) of the test points."""
        return self._table.get(self.indices[1])

    @cached_property
    def factors(self) -> np.ndarray:
        """Factors (N, F) of the training points, each of which varies among them."""
        return require_varying(self._factors_at(self.indices[0]), self.factor_names, "points measured on")

    @cached_property
    def test_factors(self) -> np.ndarray:
        """Factors (M, F) of the test points."""
        return self._factors_at(self.indices[1])

    @cached_property
    def factor_names(self) -> tuple[str, ...]:
        """The names of the factors that vary."""
        return tuple(self.dataset.factor_names[f] for f in self._varying)

    @property
    def left_out(self) -> list[str]:
        """The names of the factors that change in the data but never in this part; no metric sees them."""
        return [self.dataset.factor_names[f] for f in self._constant]

    @cached_property
    def factor_space(self) -> Any:
        """The grid of factors; Unsupported where single factors cannot be changed."""
        if self.dataset.factor_space is None:
            raise Unsupported("the data are not a full grid of factors, so single factors cannot be changed")
        if self.part != "all":
            raise Unsupported(
                f"single factors can only be changed on all {len(self.dataset):,} images of the full grid, "
                f"not within its {images_of(self.part, len(self.split))}: leave --mode out"
            )
        return self.dataset.factor_space

    @cached_property
    def factor_sizes(self) -> tuple[int, ...]:
        """How many values each varying factor has; Unsupported without a full grid."""
        return tuple(self.factor_space.sizes[f] for f in self._varying)

    @cached_property
    def code_indices(self) -> np.ndarray | None:
        """Codebook entries of the training codes (N, D); None where the latent has no codebook."""
        return codebook_indices(self.model, self.codes) if has_codebook(self.model) else None

    @cached_property
    def representations(self) -> Mapping[str, Representation]:
        """The model's representations of training and test items, with the factors that these show."""
        return self._represent(self.points, self.test_points, self.seed)

    @cached_property
    def split_parts(self) -> SplitParts:
        """Images of each part of the split: `points` of training, `test_points` of each other one."""
        if self.draw_parts is None:
            raise Unsupported("it compares the parts of a split, which this evaluation does not have")
        return self.draw_parts(self._table.get, self.points, self.test_points, self.seed)

    @cached_property
    def entity_images(self) -> EntityImages:
        """Images of the part by entity, and the training images; of `val` where no part was chosen."""
        if self.entity_images_of is None:
            raise Unsupported("it learns from the training split, which this evaluation does not have")
        return self.entity_images_of(self._table.get, self.seed)

    @property
    def _represent(self) -> RepresentationProvider:
        if self.represent is None:
            raise Unsupported("it learns from the training split, which this evaluation does not have")
        return self.represent

    @property
    def codes_of_runs(self) -> NoReturn:
        """Codes of the same images by several runs, which the evaluation of one run does not have."""
        raise Unsupported("it compares runs with each other: fig eval-metrics --load 'PATTERN' --metrics udr")

    def sample_latents(self, count: int) -> LatentSamples:
        """So many codes of the model's prior, their responses, and a code drawn for each training point."""
        if self.draw_latents is None:
            raise Unsupported(
                "it draws from a model's prior and posterior, which this evaluation does not have"
            )
        return self.draw_latents(self.indices[0], count, self.seed)

    @property
    def sampler(self) -> GridFactorSampler:
        """Codes of freshly chosen factors, for metrics that draw their own points."""
        return GridFactorSampler(
            self.factor_sizes, lambda factors, rs: self._table.get_random(self._find(factors, rs))
        )

    @property
    def grid(self) -> FactorSampler:
        """As `sampler`, for metrics that measure something else too; without a grid it raises when used."""
        try:
            return self.sampler
        except Unsupported as reason:
            return NoSampler(str(reason))

    def encode_factors(self, factors: np.ndarray) -> np.ndarray:
        """Codes (N, D) of the grid's images with these values (N, F) of the factors that vary."""
        return self._table.get(self._find(factors, self.rng))

    @property
    def _from_grid(self) -> bool:
        """Whether points are drawn from all of a full grid."""
        return self.dataset.factor_space is not None and self.part == "all"

    @property
    def _table(self) -> CodeCache:
        assert self.table is not None
        return self.table

    @cached_property
    def _varying(self) -> list[int]:
        if not self.dataset.factor_names:
            raise Unsupported("the data have no factors")
        varying = [f for f in self._changing if f not in self._constant]
        if not varying:
            raise Unsupported(f"every factor has a single value in these {len(self.split):,} images")
        return varying

    @cached_property
    def _changing(self) -> list[int]:
        return [f for f, size in enumerate(self.dataset.factor_sizes) if size != 1]

    @cached_property
    def _constant(self) -> list[int]:
        """Those that change in the data, but not in the part."""
        if self._from_grid or not len(self.split):
            return []
        factors = self.dataset.factors(self.split)
        return [f for f in self._changing if np.ptp(factors[:, f]) == 0]

    def _draw(self, count: int, draws: np.random.RandomState) -> np.ndarray:
        """Indices of `count` random images, in disentanglement_lib's order: factors, then what is hidden."""
        sizes = self.dataset.factor_space.sizes
        parts = [min(BATCH, count - start) for start in range(0, count, BATCH)]
        drawn = [self.dataset.find(sample_factors(sizes, n, draws), draws) for n in parts]
        return np.concatenate(drawn) if drawn else np.empty(0, dtype=np.int64)

    def _find(self, factors: np.ndarray, draws: np.random.RandomState | np.random.Generator) -> np.ndarray:
        """Indices of images with these values (N, F) of the factors that vary; hidden factors are drawn."""
        values = np.zeros((len(factors), len(self.factor_space.sizes)), dtype=np.int64)
        values[:, self._varying] = factors
        return np.asarray(self.dataset.find(values, draws))

    def _factors_at(self, indices: np.ndarray) -> np.ndarray:
        sizes = [self.dataset.factor_sizes[f] for f in self._varying]
        return in_one_type(np.asarray(self.dataset.factors(indices)[:, self._varying]), sizes)


def has_codebook(model: Any) -> bool:
    """Whether the model's codes are entries of a codebook."""
    return bool(getattr(getattr(model, "latent", None), "discrete", False))


def codebook_indices(model: Any, codes: np.ndarray) -> np.ndarray:
    """The entries (N, D) of the model's codebook that these codes (N, D) are."""
    import torch

    device = next(model.parameters()).device
    with torch.no_grad():
        return np.asarray(
            model.latent.indices(torch.as_tensor(codes, dtype=torch.float32, device=device)).cpu()
        )
