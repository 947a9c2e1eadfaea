"""What figures are drawn from: a run with its model and data, codes, factors; each made when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..data.dataset import Dataset
from ..data.splits.splits import Splits, subsample_evenly
from ..errors import Unsupported
from ..latents.latent import Latent
from ..methods.decoding_method import DecodingMethod
from ..methods.inference import Inference
from ..runs.run import Run
from .active_latents import Activity, latent_activity
from .metric_arrays import AxisLabels
from .sample_images import POOL, CodePool, code_pool


@dataclass(frozen=True)
class FigureOptions:
    """What a call asks of figures: how many rows and columns of images, which latents, which base image."""

    rows: int | None = None
    columns: int | None = None
    latents: tuple[int, ...] = ()
    base: int | None = None


@dataclass
class FigureContext:
    """A run with its model and data, the images to look at, and what the call asks for.

    Attributes:
        run: the run whose figures are drawn.
        inference: its model, on its data.
        indices: the images of a split.
        step: of the checkpoint.
        seed: of what is drawn at random.
        points: how many codes a scatter plot or a histogram has at most.
        range: which values traversals run through, one of traversal_ranges.RANGES.
        map_latents: the two latents of response maps; None for those whose codes deviate most.
        map_extent: response maps go from minus this value to this value of both.
        splits: the parts of the data.
        map_factors: the two factors of latent maps; () for those that the split holds out by.
        options: rows, columns, latents and base image, where the call names them.
    """

    run: Run
    inference: Inference
    indices: np.ndarray
    step: int
    seed: int = 0
    points: int = 2000
    range: str = "quantiles"
    map_latents: tuple[int, int] | None = None
    map_extent: float = 2.0
    splits: Splits | None = None
    map_factors: tuple[str, ...] = ()
    options: FigureOptions = FigureOptions()

    @property
    def latent(self) -> Latent:
        """The model's latent."""
        latent: Latent = self.inference.decoding_model.latent
        return latent

    @property
    def discrete(self) -> bool:
        """Whether codes are values of codebooks."""
        model = self.inference.model
        return isinstance(model, DecodingMethod) and model.latent.discrete

    @property
    def dataset(self) -> Dataset:
        """The dataset of single images, with their factors."""
        dataset: Dataset = self.inference.dataset
        return dataset

    @cached_property
    def indices_shown(self) -> np.ndarray:
        """The images (N,) whose codes are shown: spread over the split."""
        return subsample_evenly(self.indices, self.points)

    @cached_property
    def codes(self) -> np.ndarray:
        """Mean codes (N, D) of the images shown."""
        return self.pool.codes if self._is_pool else self.inference.encode(self.indices_shown)

    @property
    def _is_pool(self) -> bool:
        """Whether the images shown are those of the pool, so that they are encoded once."""
        decodes = isinstance(self.inference.model, DecodingMethod)
        return decodes and min(self.points, len(self.indices)) == min(POOL, len(self.indices))

    @cached_property
    def pool(self) -> CodePool:
        """The codes that traversals start from, and whose range they cover."""
        return code_pool(self.inference, self.indices, self.seed)

    @cached_property
    def activity(self) -> Activity:
        """The latents that the model uses, and by which criterion."""
        return latent_activity(self.inference, self.codes)

    @property
    def active(self) -> np.ndarray:
        """Mask (D,) of the latents that the model uses."""
        return self.activity.mask

    @property
    def trained(self) -> np.ndarray:
        """The training images; without a split, the images to look at."""
        return self.indices if self.splits is None else self.splits.train

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """Images of training, held out at random, and of held-out combinations, where there are any."""
        if self.splits is None:
            return {}
        found = self.splits.generalisation_parts(len(self.dataset))
        trained = " (which an update stage trained on)" if self.splits.held_out_is_trained else ""
        parts = {
            "training": found["train"],
            "in-distribution hold-out": found["in_distribution"],
            f"held-out combinations{trained}": found["held_out"],
        }
        return {name: indices for name, indices in parts.items() if len(indices)}

    def check_decoder(self) -> None:
        """Raise Unsupported where the model has no decoder, whatever else it lacks."""
        if not isinstance(self.inference.model, DecodingMethod):
            raise Unsupported(f"{self.inference.model.short_name} has no decoder")

    def check_held_out(self) -> None:
        """Raise Unsupported unless the split holds out combinations of factors."""
        splits = self.splits
        if splits is None or not len(splits.held_out) + len(splits.tested_held_out):
            raise Unsupported("the split holds out no combinations of factors")

    def draw_images(self, indices: np.ndarray, most: int) -> np.ndarray:
        """At most so many of these images, drawn without replacement by the seed, sorted."""
        rng = np.random.default_rng(self.seed)
        return np.sort(rng.permutation(indices)[:most])

    @cached_property
    def varying(self) -> list[int]:
        """The factors that have more than one value; Unsupported where there are none."""
        if not self.dataset.factor_names:
            raise Unsupported("the data have no factors")
        return [f for f, size in enumerate(self.dataset.factor_sizes) if size != 1]

    @cached_property
    def factors(self) -> np.ndarray:
        """Factors (N, F) of the images shown, of those that vary."""
        return np.asarray(self.dataset.factors(self.indices_shown)[:, self.varying])

    @property
    def factor_names(self) -> list[str]:
        """The names of the factors that vary."""
        return [self.dataset.factor_names[f] for f in self.varying]

    def axis_labels(self, factor_names: list[str] | None = None) -> AxisLabels:
        """The labels of latents and factors; by default, without the factors."""
        scale = float(self.codes.std(axis=0).max())
        return AxisLabels(self.codes.shape[1], factor_names or (), self.activity, scale)

    def most_varying(self, most: int) -> np.ndarray:
        """The latents that the call names; else at most so many, in their own order, that deviate most."""
        if self.options.latents:
            return np.array(self.options.latents)
        order = np.argsort(-self.codes.std(axis=0), kind="stable")[:most]
        return np.sort(order)

    @cached_property
    def groups(self) -> list[list[int]]:
        """The latents that enter the decoder together, else each latent alone."""
        dims = self.codes.shape[1]
        found = getattr(self.inference.decoding_model.decoder, "group_dim", None) or dims
        size = int(found) if self.latent.decoder_dim == dims and found < dims else 1
        return [list(range(start, start + size)) for start in range(0, dims, size)]
