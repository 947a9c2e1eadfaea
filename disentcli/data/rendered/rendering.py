"""Datasets that are rendered here: their folder is opened, and rendered first where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..dataset_folder import Store, StoreSpec, open_store
from ..dataset_folder_writer import StoreWriter
from ..dataset_lock import exclusive

RENDERED = "rendered on first use"  # how such a dataset is obtained


def open_or_render(root: Path, folder: str, spec: StoreSpec, render: Callable[[Path], None]) -> Store:
    """The dataset folder `root / folder` of `spec`; `render` makes it where it is missing.

    One process renders, others wait. DisentError if the folder is damaged or another version's.
    """
    path = root / folder
    if not path.exists():
        with exclusive(path):
            if not path.exists():
                render(path)
    return open_store(path, "call again to render it anew", expected=spec)


def render_groups(
    folder: Path,
    spec: StoreSpec,
    group: int,
    images_of: Callable[[int], np.ndarray],
    *,
    factors: np.ndarray | None = None,
    expected_sha256: str = "",
) -> None:
    """Render `spec` into `folder`, `images_of(k)` being its k-th `group` images as they are stored.

    An interrupted call is taken up after its last whole group. A bar shows on a terminal. `factors` (N, F)
    are those of images that are no full grid.
    """
    from tqdm import tqdm

    groups = -(-spec.count // group)
    with StoreWriter(folder, spec, group=group, expected_sha256=expected_sha256) as writer:
        ready = writer.done // group
        bar = tqdm(
            range(ready, groups), f"rendering {spec.name}", groups, initial=ready, unit="groups", disable=None
        )
        for k in bar:
            writer.write(images_of(k))
        writer.factors = factors
