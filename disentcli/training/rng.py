"""Seeding, and the states of random generators that checkpoints hold."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed the global generators, from which initial weights are drawn; the training loop has its own."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - for users' own modules
    torch.manual_seed(seed)


def derive_seed(seed: int, purpose: str, number: int = 0) -> int:
    """A seed for one purpose (`order`, `noise`, …), the same on every machine."""
    text = f"{seed}/{purpose}/{number}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little") >> 1


def make_generator(
    seed: int, purpose: str, number: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """A random generator for one purpose, such as noise, whose seed follows from that of the run."""
    generator = torch.Generator(device)
    generator.manual_seed(derive_seed(seed, purpose, number))
    return generator


def random_state() -> dict[str, Any]:
    """The state of the global generators, in tensors and numbers."""
    version, words, gauss = random.getstate()
    kind, keys, *place = np.random.get_state(legacy=True)  # noqa: NPY002
    state: dict[str, Any] = {
        "python": [version, torch.tensor(words), gauss],
        "numpy": [kind, torch.tensor(np.asarray(keys).astype(np.int64)), *place],
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def restore_random_state(state: dict[str, Any]) -> None:
    """Set the global generators to what `random_state` returned."""
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words.tolist()), gauss))
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])
