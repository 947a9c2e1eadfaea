"""The codes of one evaluation: each image is encoded at most once, when a metric first needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from ..errors import DisentError

CHUNK = 8192  # images between two updates of the bar
PREFETCH_SHARE = 0.25  # of all images: after so many draws, a metric is likely to need them all


class CodeCache:
    """Codes (N, D) of N images by index; `encode` maps distinct indices (n,) to codes (n, D)."""

    def __init__(
        self, encode: Callable[[np.ndarray], np.ndarray], images: int, *, quiet: bool = True
    ) -> None:
        self._encode, self._quiet = encode, quiet
        self._known = np.zeros(images, dtype=bool)
        self._codes = np.empty((images, 0))
        self._drawn = 0

    @property
    def encoded(self) -> int:
        """How many images have been encoded."""
        return int(self._known.sum())

    def get(self, indices: np.ndarray) -> np.ndarray:
        """Codes (n, D) of these images; those not known yet are encoded first, together.

        Raises:
            DisentError: a code is not finite.
        """
        missing = indices[~self._known[indices]]
        if len(missing):
            self._fill(np.unique(missing))
        return self._codes[indices]

    def get_random(self, indices: np.ndarray) -> np.ndarray:
        """As `get`, for metrics that draw a few images at a time: after a quarter, encodes all the rest."""
        self._drawn += len(indices)
        if self._drawn > PREFETCH_SHARE * len(self._known) and not self._known.all():
            self._fill(np.flatnonzero(~self._known))
        return self.get(indices)

    def _fill(self, indices: np.ndarray) -> None:
        from tqdm import tqdm

        silent = self._quiet or len(indices) <= CHUNK or not sys.stderr.isatty()
        with tqdm(total=len(indices), desc="encoding", unit="img", disable=silent, leave=False) as bar:
            for start in range(0, len(indices), CHUNK):
                part = indices[start : start + CHUNK]
                self._keep(part, self._encode(part))
                bar.update(len(part))

    def _keep(self, indices: np.ndarray, codes: np.ndarray) -> None:
        if not np.isfinite(codes).all():
            raise DisentError(
                "the codes are not finite: the model has diverged\n"
                "evaluate an earlier checkpoint with --checkpoint best or --checkpoint STEP"
            )
        if self._codes.shape[1] != codes.shape[1]:
            self._codes = np.empty((len(self._known), codes.shape[1]))
        self._codes[indices] = codes
        self._known[indices] = True
