"""Dataset folders as `fig download-dataset` leaves them, with a few random images of each public dataset."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.download.source import Source
from disentcli.data.public.celeba_source import celeba
from disentcli.data.public.dsprites_source import dsprites
from disentcli.data.public.hwf_source import hwf
from disentcli.data.public.mpi3d_source import mpi3d
from disentcli.data.public.nvlabs_source import falcor3d, isaac3d
from disentcli.data.public.shapes3d_source import shapes3d

COUNT = 40
MNIST = Path(__file__).parents[1] / "data" / "mnist"  # the first images of each of the four files


def write_stand_ins(root: Path) -> None:
    """The folders of all datasets that the published systems were trained on, in a folder of data."""
    for source in (shapes3d(), dsprites(), falcor3d("64"), isaac3d("64")):
        _write(root, source, _anywhere)
    for category in ("toy", "realistic", "real", "complex"):
        _write(root, mpi3d(category), _often_at_the_first_angle)
    _write(root, hwf("symbols"), _symbols)
    _write(root, celeba("64"), _faces)
    shutil.copytree(MNIST, root / "mnist")


def _write(
    root: Path, source: Source, factors_of: Callable[[Source, np.random.Generator], np.ndarray]
) -> None:
    rng = np.random.default_rng(0)
    spec = source.spec(["0" * 32] * len(source.files), COUNT)
    with StoreWriter(root / source.name, spec) as writer:
        writer.write(rng.integers(0, 256, (COUNT, *spec.row_shape), dtype=np.uint8))
        writer.factors = factors_of(source, rng)


def _anywhere(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Classes (N, F) of images anywhere on the grid."""
    return source.grid.factors(np.sort(rng.choice(source.grid.size, COUNT, replace=False)))


def _often_at_the_first_angle(source: Source, rng: np.random.Generator) -> np.ndarray:
    """The same, half of them at the only horizontal angle that split/mpi/fix_hx keeps."""
    factors = _anywhere(source, rng)
    factors[::2, source.grid.names.index("horizontal_axis")] = 0
    return factors


def _symbols(source: Source, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.integers(0, source.factor_sizes[0], (COUNT, 1)), axis=0)


def _faces(source: Source, rng: np.random.Generator) -> np.ndarray:
    """Attributes, landmarks and the official partition (N, 51), in which each of three parts has a third."""
    attributes, landmarks = rng.integers(0, 2, (COUNT, 40)), rng.integers(30, 150, (COUNT, 10))
    partition = (np.arange(COUNT) * 3 // COUNT)[:, None]
    return np.concatenate([attributes, landmarks, partition], axis=1).astype(np.int16)
