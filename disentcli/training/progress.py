"""The progress bar: steps, losses, images a second, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from tqdm import tqdm


class Progress:
    """A tqdm bar over the steps; none where stderr is not a terminal, or with `quiet`."""

    def __init__(self, step: int, budget: int, *, quiet: bool = False) -> None:
        silent = quiet or not sys.stderr.isatty()
        self._bar = tqdm(total=budget, initial=step, unit="step", disable=silent, dynamic_ncols=True)
        self._images = 0
        self._since = time.perf_counter()

    def advance(self, images: int) -> None:
        """Count one more step, on so many images."""
        self._images += images
        self._bar.update()

    def rate(self) -> float:
        """Images a second since the last call."""
        now = time.perf_counter()
        rate = self._images / max(now - self._since, 1e-9)
        self._images, self._since = 0, now
        return rate

    def show(self, losses: Mapping[str, float], images_per_second: float) -> None:
        """Show the losses and the speed behind the bar, the next time that it is drawn."""
        terms = {name: f"{value:.4g}" for name, value in losses.items()}
        self._bar.set_postfix({**terms, "images/s": f"{images_per_second:.0f}"}, refresh=False)

    def close(self) -> None:
        """End the bar, which stays on the terminal as it is."""
        self._bar.close()
