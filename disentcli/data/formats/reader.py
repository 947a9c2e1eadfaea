"""Containers: how the original files of a source are examined and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..download.source import RemoteFile, Source


@dataclass(frozen=True)
class Container:
    """How one kind of original files is examined and read; paths come in the order of `source.files`.

    Each function raises WrongFile (verify.py) for what is not as published; where there are several files,
    the error of `blocks` and `labels` names its `path`.
    """

    check: Callable[[Path, Source, RemoteFile], None]
    """One file, cheaply, before its MD5 is taken."""

    blocks: Callable[[Sequence[Path], Source, int], Iterator[np.ndarray]] | None = None
    """Images from a place on: uint8 (n, H, W, C) blocks, or packed rows; None where the files are kept as
    they are and read by the dataset itself."""

    labels: Callable[[Sequence[Path], Source], np.ndarray] | None = None
    """The factors (N, F) of sources whose images are no full grid in its order."""
