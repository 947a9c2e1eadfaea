"""Images with noisy copies of each, the same copies at every step, made when they are read."""

from __future__ import annotations

import torch
from torch import Tensor

from ...device import move
from ...errors import CallError
from ...registry import view
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from ..storage import Resident

BITS = 15  # of the uniform number of a pixel: two are made of one random integer
LEVELS = 2**BITS


@view("noisy-copies")
class NoisyCopies(Dataset):
    """Each time that training reads an image it is one of its copies, the image itself among them.

    Valenti & Bacciu (IJCNN 2022) store seven of each image of dSprites: the image; three speckled ones, in
    which what is not black is multiplied by clip(1 + σε, 0, 1) with ε ~ N(0, 1) for each pixel; and three in
    which each pixel is black with probability p. Here an image has one index, whatever its copies, so that
    no split parts them; and copy c of image i follows from (seed, i, c), so that none is stored. Which one
    is read follows from (seed, i, step), each with equal chance. Evaluation reads the images themselves.

    speckled, dropped: how many there are of either kind.
    speckle_std, drop_probability: σ and p.
    fresh: draw the noise of a copy anew at each step.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,
        speckled: int = 3,
        speckle_std: float = 0.3,
        dropped: int = 3,
        drop_probability: float = 0.3,
        fresh: bool = False,
    ) -> None:
        if dataset.num_views != 1 or len(dataset.shape) != 3:
            raise CallError(f"view noisy-copies copies single images, {dataset.name} has none; leave it out")
        if min(speckled, dropped) < 0 or speckle_std < 0 or not 0 <= drop_probability <= 1:
            raise CallError(
                "view noisy-copies: speckled, dropped and speckle-std must not be negative, "
                f"drop-probability is 0 to 1: {speckled}, {dropped}, {speckle_std:g}, {drop_probability:g}"
            )
        self._share(dataset)
        self._images = dataset
        self.seed, self.speckled, self.dropped, self.fresh = seed, speckled, dropped, fresh
        self._factors = _noise_factors(speckle_std, drop_probability)

    @property
    def copies(self) -> int:
        """How many there are of each image, itself among them."""
        return 1 + self.speckled + self.dropped

    @property
    def images(self) -> Dataset:
        """The dataset without copies, which evaluation looks at."""
        return self._images

    def to(self, device: torch.device | str, resident: Resident | None = None) -> NoisyCopies:
        """Give batches on `device`."""
        self._images.to(device, resident)
        self._factors = self._factors.to(self.device)
        return self

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Images (B, C, H, W) in [0, 1]: of each a copy, or at step 0 the image itself."""
        if draw_step == 0:
            return self._images.batch(indices)
        indices = move(indices, self.index_device)
        drawn = CounterRNG(self.seed, indices, draw_step).fork(0)
        return self.read(indices, drawn.below(torch.full_like(indices, self.copies)), draw_step)

    def read(self, indices: Tensor, copies: Tensor, draw_step: int = 0) -> Tensor:
        """These copies (B,) of images (B,): 0 the image itself, then the speckled ones, then the dropped."""
        images = self._images.batch(indices, draw_step)
        places, copies = (move(one, images.device) for one in (indices, copies))
        noise_step = draw_step if self.fresh else 0
        rng = CounterRNG(self.seed, places * self.copies + copies, noise_step).fork(1)
        kinds = (copies > 0).long() + (copies > self.speckled)
        levels = _levels(rng, images[0, 0].numel())
        factors = self._factors.take(kinds[:, None] * LEVELS + levels)
        return images * factors.view(-1, 1, *images.shape[-2:])


def _noise_factors(speckle_std: float, drop_probability: float) -> Tensor:
    """What a pixel is multiplied by, (3, LEVELS): in an image, a speckled copy and a dropped one."""
    uniform = (torch.arange(LEVELS) + 0.5) / LEVELS
    speckles = (1 + speckle_std * torch.special.ndtri(uniform)).clamp(0, 1)
    return torch.stack([torch.ones(LEVELS), speckles, (uniform > drop_probability).float()])


def _levels(rng: CounterRNG, pixels: int) -> Tensor:
    """(B, pixels) int64, uniform below LEVELS."""
    numbers = rng.integers(torch.full(((pixels + 1) // 2,), LEVELS**2))
    return torch.cat([numbers >> BITS, numbers & (LEVELS - 1)], dim=1)[:, :pixels]
