"""--cat as it is typed: in every command that names a dataset, and refused where none has categories."""

from __future__ import annotations

from pathlib import Path

import pytest

from .in_process import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "runs").mkdir()
    return Place(tmp_path / "runs", tmp_path / "data")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("list datasets mpi --cat real", "MPI3D real"),
        ("list datasets d/celeba --category 128", "202,599 images of 3×128×128"),
        ("list datasets hwf --cat div", "hwf_div"),
        ("show m/vae d/mpi --cat real", "category: real"),
        ("sweep train m/vae d/mpi --grid cat=toy,real --dry-run", "--cat real"),
    ],
)
def test_the_category_is_that_of_the_dataset_which_is_named(words: str, said: str, place: Place) -> None:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    assert said in answer.out


@pytest.mark.parametrize(
    ("words", "code", "folder"),
    [
        ("train m/vae d/mpi --cat real", 1, "mpi_real"),
        ("show-data d/smallnorb --cat right", 1, "smallnorb_right"),
        ("show-data d/isaac3d --category 128", 1, "isaac3d_128"),
    ],
)
def test_data_of_that_category_are_opened(words: str, code: int, folder: str, place: Place) -> None:
    answer = place.fig(*words.split())
    assert answer.code == code
    assert f"{folder} is not in {place.data / folder}" in answer.err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("train m/vae d/3ds --cat toy", ("--cat: nothing in this call reads this key",)),
        ("show-data d/sprites32 --cat toy", ("--cat: nothing in this call reads this key",)),
        ("list datasets 3ds --cat toy", ("3ds has no categories: leave out --cat toy",)),
        ("list datasets --cat toy", ("as in fig list datasets mpi --cat real",)),
        ("list runs --cat toy", ("as in fig list datasets mpi --cat real",)),
        ("train m/vae d/mpi --cat unreal", ("dataset.category (command line)", "toy, realistic")),
        ("train m/vae d/mpi --cat real --dataset.category toy", ("are one; give one of them",)),
    ],
)
def test_a_category_that_there_is_not_is_refused(words: str, names: tuple[str, ...], place: Place) -> None:
    answer = place.fig(*words.split())
    assert answer.refused(*names), answer
