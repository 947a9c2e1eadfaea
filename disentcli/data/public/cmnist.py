"""Coloured MNIST: pairs of a digit on a coloured background and a digit in a colour of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...device import move
from ...registry import dataset
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from ..storage import Resident
from ..views.index_tables import GroupIndex
from .mnist import MNIST, fingerprints, load
from .mnist_source import mnist

Domain = Literal["background", "digit"]
DOMAINS: tuple[Domain, ...] = ("background", "digit")  # in the order of a pair
PALETTE = (  # twelve hues, 30° apart
    (255, 0, 0),
    (255, 128, 0),
    (255, 255, 0),
    (128, 255, 0),
    (0, 255, 0),
    (0, 255, 128),
    (0, 255, 255),
    (0, 128, 255),
    (0, 0, 255),
    (128, 0, 255),
    (255, 0, 255),
    (255, 0, 128),
)
FACTORS = ("digit", "background_hue", "digit_hue")
SIZES = (10, len(PALETTE), len(PALETTE))
VALUES = (tuple(float(digit) for digit in range(10)), *(tuple(30.0 * k for k in range(12)),) * 2)
PAIRS = (
    "pairs after Sanchez, Serrurier and Ortner, Learning Disentangled Representations via Mutual "
    "Information Estimation, ECCV 2020"
)


@dataset("cmnist")
class ColoredMNIST(Dataset):
    """Pairs (x, y) of MNIST digits, x on a coloured background, y in a colour (Sanchez et al., ECCV 2020).

    The two hues are uniform and independent of each other and of the digit; they are drawn at every step, or
    once where `recolor` is off. What is seen in evaluation (step 0) is the same for every seed.

    pairing: y is the same digit image as x, or any of the same class, from the same part of MNIST.
    domain: which of the two the dataset of single images shows.
    """

    num_views = 2
    shared_factors = ("digit",)

    def __init__(
        self,
        root: str = "local_data",
        *,
        pairing: Literal["instance", "class"] = "instance",
        recolor: bool = True,
        domain: Domain = "background",
        pad: bool = True,
        seed: int = 0,
    ) -> None:
        digits, classes, tests = load(Path(root) / "mnist", mnist())
        fingerprint, older = fingerprints(digits, classes)
        if pad:
            digits = np.pad(digits, ((0, 0), (2, 2), (2, 2)))
        self.seed, self.recolor, self._domain = seed, recolor, domain
        hues = self.hues(torch.arange(len(digits)), 0).numpy()
        super().__init__(
            "cmnist",
            digits,
            (3, *digits.shape[1:]),
            labels=np.concatenate([classes.astype(np.int64)[:, None], hues], axis=1),
            factor_names=FACTORS,
            factor_sizes=SIZES,
            factor_values=VALUES,
            fingerprint=f"c-{fingerprint}",
            older_fingerprints=[f"c-{older}"],
            source=", ".join(file.name for file in mnist().files),
            test_indices=np.arange(len(digits) - tests, len(digits)),
        )
        self._classes = torch.from_numpy(classes.astype(np.int64))
        self._palette = torch.tensor(PALETTE) / 255
        self._partners: GroupIndex | None = None
        if pairing == "class":
            self._partners = self._grouped(np.arange(len(digits)))

    @staticmethod
    def info(*, pad: bool) -> DatasetInfo:
        """MNIST's, with colours."""
        digits = MNIST.info(pad=pad)
        return replace(
            digits,
            title="Coloured MNIST pairs",
            shape=(3, *digits.shape[1:]),
            factor_names=FACTORS,
            factor_sizes=SIZES,
            factor_values=VALUES,
            citation=f"{digits.citation}; {PAIRS}",
        )

    @property
    def images(self) -> Dataset:
        """Single images of the domain that was chosen."""
        return self.single_view(self._domain)

    def view_dataset(self, view: int) -> Dataset:
        """Single images of one domain: 0 background, 1 digit."""
        return self.single_view(DOMAINS[view])

    def single_view(self, domain: Domain) -> Dataset:
        """Single images of one domain, with the factors that it shows."""
        return SingleView(self, domain)

    def set_allowed(self, allowed: np.ndarray) -> None:
        """Partners of the same class come from `allowed` from now on, or from the test part for its own."""
        if self._partners is not None:
            self._partners = self._grouped(allowed).to(self.index_device)

    def to(self, device: torch.device | str, resident: Resident | None = None) -> Dataset:
        """Give batches on `device`; pairs and single images move together."""
        super().to(device, resident)
        self._classes = self._classes.to(self.index_device)
        self._palette = self._palette.to(self.device)
        if self._partners is not None:
            self._partners = self._partners.to(self.index_device)
        return self

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Pairs (B, 2, 3, H, W) in [0, 1]: background domain, digit domain."""
        indices = move(indices, self.index_device)
        hues = self.hues(indices, draw_step)
        partners = indices
        if self._partners is not None:
            partners = self._partners.draw(self._rng(indices, draw_step).fork(1), 1)[:, 0]
        x = self.colored(indices, hues[:, 0], "background")
        y = self.colored(partners, hues[:, 1], "digit")
        return torch.stack([x, y], dim=1).permute(0, 1, 4, 2, 3)

    def item_factors(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        """(B, 2, 3) int64: digit and hues of both images; −1 for the hue that the other domain shows."""
        indices = move(indices, self.index_device)
        hues = self.hues(indices, draw_step)
        classes, unseen = self._classes[indices], torch.full_like(indices, -1)
        x = torch.stack([classes, hues[:, 0], unseen], dim=1)
        y = torch.stack([classes, unseen, hues[:, 1]], dim=1)
        return torch.stack([x, y], dim=1)

    def hues(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        """(B, 2) int64: the hues of background and digit, as places in the palette."""
        sizes = torch.full((2,), len(PALETTE), device=indices.device)
        return self._rng(indices, draw_step).fork(0).integers(sizes)

    def colored(self, indices: Tensor, hues: Tensor, domain: Domain) -> Tensor:
        """Images (B, H, W, 3) of one domain: with the grey value v and the colour c of the hue,

        background: c·(1 − v) where v < 1/2, else v; digit: v where v < 1/2, else c·v.
        """
        grey = self._rows.gather(indices).reshape(-1, *self.shape[1:], 1).float().div_(255)
        color = self._palette[move(hues, self.device)][:, None, None]
        if domain == "background":
            return torch.where(grey < 0.5, color * (1 - grey), grey)
        return torch.where(grey < 0.5, grey, color * grey)

    def _rng(self, indices: Tensor, draw_step: int) -> CounterRNG:
        drawn_anew = self.recolor and draw_step > 0
        return CounterRNG(self.seed, indices, draw_step) if drawn_anew else CounterRNG(0, indices, 0)

    def _grouped(self, allowed: np.ndarray) -> GroupIndex:
        """Partners by digit and part of MNIST."""
        is_test = np.zeros((len(self), 1), dtype=np.int64)
        is_test[self.test_indices] = 1
        classes = np.concatenate([self.factors()[:, :1], is_test], axis=1)
        return GroupIndex.of(classes, np.union1d(allowed, np.flatnonzero(is_test)))


class SingleView(Dataset):
    """The images of one domain of coloured MNIST, one at a time; it moves with the pairs."""

    def __init__(self, pairs: ColoredMNIST, domain: Domain) -> None:
        self._share(pairs)
        self._pairs, self._domain = pairs, domain
        self._view, self._shown = (0, [0, 1]) if domain == "background" else (1, [0, 2])
        shown = self._shown
        self._labels = pairs.factors()[:, shown]
        self.factor_names = tuple(FACTORS[k] for k in shown)
        self.factor_sizes = tuple(SIZES[k] for k in shown)
        self.factor_values = tuple(VALUES[k] for k in shown)

    def to(self, device: torch.device | str, resident: Resident | None = None) -> Dataset:
        """Give batches on `device`; pairs and single images move together."""
        self._pairs.to(device, resident)
        return self

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Images (B, 3, H, W) in [0, 1]."""
        hues = self._pairs.hues(indices, draw_step)[:, self._view]
        return self._pairs.colored(indices, hues, self._domain).permute(0, 3, 1, 2)

    def item_factors(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        """(B, 1, 2) int64: the digit and the hue that is shown."""
        return self._pairs.item_factors(indices, draw_step)[:, self._view : self._view + 1, self._shown]
