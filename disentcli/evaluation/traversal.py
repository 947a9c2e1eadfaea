"""A traversal that a call describes: its base code, the latents that change, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..config.coercion import CliText, NonNegativeInt, coerce
from ..data.splits.splits import subsample_evenly
from ..errors import CallError
from ..plots.sample_images import POOL, decode_varied, typical_codes
from ..plots.traversal_ranges import RANGES, describe_range, latent_values, traversal_range
from .own_images import read_images

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..latents.latent import Latent
    from ..methods.inference import Inference
    from .session import EvalSession


@dataclass(frozen=True)
class LatentTraversal:
    """One code (D,), some of its latents (L,), and the values (L, steps) that each takes alone."""

    base: np.ndarray
    latents: np.ndarray
    values: np.ndarray
    described: str

    def images(self, inference: Inference) -> np.ndarray:
        """Images (L, steps, *shape)."""
        every = np.tile(self.base[:, None], (1, self.values.shape[1]))
        every[self.latents] = self.values
        return decode_varied(inference, self.base[None], every)[0][self.latents]


def read_traversal(settings: Settings, opened: EvalSession) -> LatentTraversal:
    """The traversal of --base or --images, --latents, --range and --values.

    Raises:
        CallError: one of them does not fit the model.
    """
    part, seed, inference = settings.get("mode", "val"), settings.get("seed"), opened.inference
    indices, _ = opened.indices(part if len(opened.splits.val) or settings.has("mode") else "train")
    pool = subsample_evenly(indices, POOL)
    base, whose = _base(settings, opened, pool)
    latents = read_latents(settings.get("latents"), len(base))
    span, steps = settings.get("range"), settings.get("values")
    latent = inference.decoding_model.latent
    values, how = _values(latent, inference.draw_codes(pool, seed), str(span), steps)
    names = ", ".join(f"z{d}" for d in latents)
    return LatentTraversal(base, latents, values[latents], f"{names} of {whose} through {how}")


def _base(settings: Settings, opened: EvalSession, pool: np.ndarray) -> tuple[np.ndarray, str]:
    """The code (D,) to start from, and whose it is."""
    given, place = settings.get("images"), settings.get("base")
    if given is not None and place is not None:
        raise CallError("--images names a base image of your own, --base one of the run's data; give one")
    if given is not None:
        images, names = read_images(given, opened)
        return opened.inference.encode_images(images[:1])[0], names[0]
    if place is None:
        return typical_codes(opened.inference.encode(pool), 1)[0], "a typical code"
    index = read_base(place, opened.inference)
    return opened.inference.encode(np.array([index]))[0], f"image {index:,}"


def read_base(given: object, inference: Inference) -> int:
    """The place in the data of the base image that is named; CallError where there is none."""
    index: int = coerce(given, NonNegativeInt, "base")
    if index >= len(inference.dataset):
        raise CallError(f"--base {index}: the data have images 0 to {len(inference.dataset) - 1:,}")
    return index


def read_latents(given: object, count: int | None) -> np.ndarray:
    """The latents that are named, in their order, of so many (None: unknown); all where none is named."""
    if given is None:
        return np.arange(count or 0)
    listed = [CliText(one.strip()) for one in given.split(",")] if isinstance(given, str) else given
    chosen = coerce(listed if isinstance(listed, list) else [listed], tuple[NonNegativeInt, ...], "latents")
    for one in chosen:
        if count is not None and one >= count:
            raise CallError(f"--latents {one}: the model has the latents 0 to {count - 1}")
    return np.array(chosen)


def _values(latent: Latent, codes: np.ndarray, span: str, steps: int) -> tuple[np.ndarray, str]:
    """The values (D, steps) of every latent, and what they are."""
    ends = _ends(span)
    if latent.discrete:
        return latent_values(latent, codes, "quantiles"), describe_range(latent, "quantiles")
    if ends is None:
        low, high = traversal_range(latent, codes, span).T
        return np.linspace(low, high, steps, axis=1), describe_range(latent, span)
    return np.tile(np.linspace(*ends, steps), (codes.shape[1], 1)), f"{ends[0]:g} to {ends[1]:g}"


def _ends(span: str) -> tuple[float, float] | None:
    """The two numbers of a range `-3,3`; None for one that is named."""
    if span in RANGES or "," not in span:
        return None
    low, high = coerce([CliText(one.strip()) for one in span.split(",")], tuple[float, float], "range")
    return low, high
