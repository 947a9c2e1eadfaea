"""3D-Shapes and MPI3D: factors as published, opened from their folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.dataset_folder import StoreSpec
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.public.mpi3d import MPI3D
from disentcli.data.public.published_grids import SHAPES3D, mpi3d_space
from disentcli.data.public.shapes3d import Shapes3D
from disentcli.errors import CallError, DisentError


def put(folder: Path, space: FactorSpace, count: int) -> np.ndarray:
    """A folder with a few images out of a large grid, and their factors."""
    images = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    with StoreWriter(folder, StoreSpec(folder.name, (3, 64, 64), count, factors=space)) as writer:
        writer.write(images)
        writer.factors = space.factors(np.arange(count) * 1000)
    return images


def test_3d_shapes_has_the_published_factors() -> None:
    assert SHAPES3D.size == 480_000
    hues = np.arange(10) / 10
    expected = [hues, hues, hues, np.linspace(0.75, 1.25, 8), np.linspace(-30, 30, 15)]
    *numbers, shapes, orientations = SHAPES3D.values
    assert shapes == ("cube", "cylinder", "sphere", "capsule")
    for values, published in zip([*numbers, orientations], expected, strict=True):
        assert np.allclose(values, published)


def test_mpi3d_has_the_published_factors() -> None:
    toy, complicated = mpi3d_space("toy"), mpi3d_space("complex")
    assert toy.sizes == (6, 6, 2, 3, 3, 40, 40)
    assert toy.size == 1_036_800
    assert complicated.sizes == (4, 4, 2, 3, 3, 40, 40)
    assert complicated.size == 460_800
    assert toy == mpi3d_space("real") == mpi3d_space("sim")


def test_3d_shapes_opens_its_folder(tmp_path: Path) -> None:
    images = put(tmp_path / "3ds", SHAPES3D, 20)
    data = Shapes3D(str(tmp_path))
    assert (data.name, data.shape, len(data)) == ("3ds", describe_dataset(Shapes3D).shape, 20)
    assert np.allclose(data.batch(torch.tensor([7]))[0], images[7].transpose(2, 0, 1) / 255)
    assert data.factors(np.array([7])).tolist() == SHAPES3D.factors(np.array([7000])).tolist()


@pytest.mark.parametrize(
    ("category", "known"),
    [("toy", "toy"), ("sim", "realistic"), ("realistic", "realistic"), ("complex", "complex")],
)
def test_mpi3d_opens_the_folder_of_its_category(tmp_path: Path, category: str, known: str) -> None:
    put(tmp_path / f"mpi_{known}", mpi3d_space(known), 5)
    data = MPI3D(str(tmp_path), category=category)  # type: ignore[arg-type]
    assert (data.name, data.shape) == (f"mpi-{known}", describe_dataset(MPI3D).shape)


def test_what_is_not_there_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match=r"3ds is not in .*/3ds: run `fig download-dataset 3ds`"):
        Shapes3D(str(tmp_path))
    with pytest.raises(
        DisentError, match=r"mpi_realistic is not in .*: run `fig download-dataset mpi --cat realistic`"
    ):
        MPI3D(str(tmp_path), category="sim")


def test_an_unknown_category_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"toy, realistic, real, complex \(sim = realistic\), not 'toys'"):
        MPI3D(str(tmp_path), category="toys")  # type: ignore[arg-type]
