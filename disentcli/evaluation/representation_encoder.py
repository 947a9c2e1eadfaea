"""A model's representations of the items that it was trained on, for metrics and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..errors import Unsupported
from ..methods.inference import Inference
from ..metrics.code_cache import CodeCache
from ..metrics.representations import Representation

UNSEEN = -1  # stands for a factor that a view does not show


class RepresentationEncoder:
    """Codes by all of a model's representations, of the items of two parts; each item is encoded once.

    The part to test on is called `tested` in words and shares no item with the one that trains.
    What is drawn for an item (colours, a partner) is that of draw step 0, and its partner comes from the
    item's own part. A model of single images gets those, whatever the items are.
    """

    def __init__(
        self,
        inference: Inference,
        train: np.ndarray,
        test: np.ndarray,
        *,
        tested: str = "test",
        shown: np.ndarray | None = None,
        quiet: bool = True,
    ) -> None:
        self.model, self._inference = inference.model, inference
        self.items = inference.items if self.model.num_views > 1 else inference.dataset
        self._parts = {"train": train, "test": test}
        self.tested = tested
        self._names = {"train": "train", "test": tested}
        self._shown = np.sort(np.concatenate([train, test])) if shown is None else shown
        self._caches = {part: CodeCache(self._encode, len(self.items), quiet=quiet) for part in self._parts}
        self._widths: dict[str, int] = {}

    def __call__(self, points: int, test_points: int, seed: int = 0) -> dict[str, Representation]:
        """Each representation by name, of at most so many items of either part, drawn by `seed`.

        Raises:
            Unsupported: a part is empty, or the data have no factors.
        """
        if not self._factors:
            raise Unsupported("the data have no factors")
        self._check()
        train, test = self.sample_items("train", points, seed), self.sample_items("test", test_points, seed)
        codes, seen = self._part("train", train)
        test_codes, test_seen = self._part("test", test)
        return {
            name: self._representation(
                name, codes[name], seen[:, view], test_codes[name], test_seen[:, view], view
            )
            for name, view in self.model.representation_names.items()
        }

    def sample_items(self, part: Literal["train", "test"], count: int, seed: int) -> np.ndarray:
        """Indices of the items of a part: all of them, or so many drawn without replacement."""
        indices = self._parts[part]
        if len(indices) <= count:
            return indices
        return np.random.default_rng(seed).permutation(indices)[:count]

    def sampling(self, points: int, test_points: int) -> str:
        """How many items there are of each part, for the settings of a result; raises as a call."""
        self._check()
        counts = [
            f"{min(count, len(indices)):,} of {len(indices):,} {self._names[part]} items"
            for (part, indices), count in zip(self._parts.items(), (points, test_points), strict=True)
        ]
        return " + ".join(counts)

    def images(self, indices: np.ndarray) -> np.ndarray:
        """Images (N, V, *shape) of test items, one for every view."""
        with self._partners("test"):
            batch = self.items.batch(self._tensor(indices)).cpu().numpy()
        return batch if self.items.num_views > 1 else batch[:, None]

    def _check(self) -> None:
        """Raise Unsupported where a part is empty, or items that train would be tested on."""
        for part, indices in self._parts.items():
            if not len(indices):
                raise Unsupported(f"the {self._names[part]} part of the data is empty")
        if np.isin(self._parts["test"], self._parts["train"]).any():
            raise Unsupported(
                f"it learns from the training part and would be tested on what it learned from, with --mode "
                f"{self._names['test']}; choose val, test or held-out"
            )

    @cached_property
    def _factors(self) -> list[int]:
        return [k for k, size in enumerate(self.items.factor_sizes) if size != 1]

    def _representation(
        self,
        name: str,
        codes: np.ndarray,
        seen: np.ndarray,
        test_codes: np.ndarray,
        test_seen: np.ndarray,
        view: int,
    ) -> Representation:
        shown = [k for k in self._factors if (seen[:, k] != UNSEEN).any()]
        return Representation(
            name,
            codes,
            seen[:, shown],
            test_codes,
            test_seen[:, shown],
            factor_names=[self.items.factor_names[k] for k in shown],
            sizes=[self.items.factor_sizes[k] for k in shown],
            shared=self.items.shared_factors,
            view=view,
        )

    def _part(self, part: str, indices: np.ndarray) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
        """Codes (N, D) by name, and the factors (N, V, F) that the views show."""
        with self._partners(part):
            codes = self._caches[part].get(indices)
            seen = self.items.item_factors(self._tensor(indices)).cpu().numpy()
        ends = np.cumsum(list(self._widths.values()))[:-1]
        return dict(zip(self._widths, np.split(codes, ends, axis=1), strict=True)), seen

    @contextmanager
    def _partners(self, part: str) -> Iterator[None]:
        """Within the block, partners are drawn from the items of this part alone."""
        self.items.set_allowed(np.sort(self._parts[part]))
        try:
            yield
        finally:
            self.items.set_allowed(self._shown)

    def _encode(self, indices: np.ndarray) -> np.ndarray:
        """All representations of these items side by side (N, D)."""
        step = self._inference.batch_size
        return np.concatenate([self._represent(indices[k : k + step]) for k in range(0, len(indices), step)])

    @torch.no_grad()
    def _represent(self, indices: np.ndarray) -> np.ndarray:
        found: dict[str, Tensor]
        if self.model.num_views == 1:
            single = self._inference.single_items(indices)
            found = {name: self.model.encode_items(single, name) for name in self.model.representation_names}
        else:
            batch = self.items.batch(self._tensor(indices)).to(self._inference.device)
            found = self.model.encode_all(batch)
        self._widths = {name: found[name].shape[1] for name in self.model.representation_names}
        return (
            torch.cat([found[name] for name in self.model.representation_names], dim=1).cpu().double().numpy()
        )

    def _tensor(self, indices: np.ndarray) -> Tensor:
        return torch.as_tensor(indices, dtype=torch.int64, device=self.items.index_device)
