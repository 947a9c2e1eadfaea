"""What `fig show` says of a dataset is what `fig train` gets, for every option of every dataset."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from disentcli import registry
from disentcli.config.call_check import check_keys_in_use
from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.data.dataset_info import DatasetInfo, describe_dataset
from disentcli.data.rendered.cppn import PatternNetwork
from disentcli.data.rendered.room.grid import RoomGrid
from disentcli.data.rendered.sprites import SpriteGrid
from disentcli.data.rendered.symbols.dataset import SymbolSpec
from disentcli.data.rendered.xysquares import SquareGrid
from disentcli.errors import CallError, DisentError
from disentcli.experiment.data_setup import dataset_info
from disentcli.registry import catalog
from disentcli.registry.signature import arguments_of

from .dataset_cases import CASES, settings_of, typed

NAMES = ("root", "path")  # where the files are, which every case says


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A dataroot with the files of each dataset."""
    made = {name: tmp_path_factory.mktemp(name) for name in CASES}
    for name, case in CASES.items():
        case.files(made[name])
    return made


def test_no_option_is_left_out() -> None:
    known = {
        entry.name: {one.name for one in entry.parameters if one.name not in NAMES}
        for entry in catalog.entries("dataset")
        if entry.module.startswith("disentcli.")
    }
    assert {name: set(case.options) for name, case in CASES.items()} == known


@pytest.mark.parametrize("name", CASES)
def test_info_and_data_agree_whatever_is_typed(name: str, roots: dict[str, Path]) -> None:
    root, case = roots[name], CASES[name]
    for words in typed(name):
        settings = settings_of(name, root, words)
        info, data = dataset_info(settings), settings.build("dataset", root=str(root))
        assert info.shape == data.shape, words
        assert info.factor_names == data.factor_names, words
        if case.is_whole:
            assert info.count == len(data), words
            assert (info.factor_sizes, info.factor_values or ((),) * len(data.factor_names)) == (
                data.factor_sizes,
                data.factor_values or ((),) * len(data.factor_names),
            ), words
        if info.folder:
            assert (root / info.folder).is_dir(), words
        if case.is_whole and info.folder:
            assert info.disk == np.load(root / info.folder / "images.npy", mmap_mode="r").nbytes, words


@pytest.mark.parametrize(
    ("text", "side"), [("no", 28), ("off", 28), ("false", 28), ("yes", 32), ("true", 32)]
)
def test_digits_are_described_as_they_are_trained(text: str, side: int) -> None:
    settings = settings_of("mnist", Path("nowhere"), {"pad": text})
    assert dataset_info(settings).shape == (1, side, side)


def test_a_seed_of_the_call_reaches_the_info_as_it_reaches_the_dataset(tmp_path: Path) -> None:
    seed = ConfigLayer({"seed": CliText("7")}, COMMAND_LINE)
    settings = settings_of("cppn", tmp_path, {}).with_overrides([seed])
    settings.build("dataset", root=str(tmp_path))
    assert (tmp_path / dataset_info(settings).folder).is_dir()


def test_describing_does_not_make_a_key_one_that_the_script_reads(tmp_path: Path) -> None:
    settings = settings_of("mnist", tmp_path, {"pad": "no"}, script="encode")
    dataset_info(settings)
    with pytest.raises(CallError, match=r"--dataset\.pad: nothing in this call reads this key"):
        check_keys_in_use(settings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding": False}, "unknown argument 'padding'; did you mean pad?"),
        ({"pad": CliText("32")}, "dataset.pad: expected true or false, got 32"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message.replace("?", r"\?")):
        describe_dataset(catalog.resolve("dataset", "mnist"), arguments)


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("sprites", SpriteGrid),
        ("room", RoomGrid),
        ("cppn", PatternNetwork),
        ("xysquares", SquareGrid),
        ("symbols", SymbolSpec),
    ],
)
def test_what_is_rendered_by_default_is_the_default_grid(name: str, grid: type) -> None:
    declared = arguments_of(catalog.resolve("dataset", name))
    assert {one.name: one.default for one in fields(grid)} == {
        one.name: declared[one.name].default for one in fields(grid)
    }


class Dots:
    """A dataset of somebody who wrote a constructor only."""

    factor_names, factor_sizes = ("hue",), (3,)

    def __init__(self, root: str = "local_data", *, side: int = 8, count: int = 5) -> None:
        if not Path(root).is_dir():
            raise DisentError(f"there is no {root}")
        self.shape, self.count = (1, side, side), count

    def __len__(self) -> int:
        return self.count


def test_a_class_with_a_constructor_only_is_described_by_what_it_makes(tmp_path: Path) -> None:
    info = describe_dataset(Dots, {"side": CliText("4")}, root=tmp_path)
    assert info == DatasetInfo("Dots", (1, 4, 4), 5, ("hue",), (3,), obtain="made when loaded")
    with pytest.raises(DisentError, match="there is no"):
        describe_dataset(Dots, root=tmp_path / "elsewhere")


def test_a_class_whose_argument_is_missing_is_described_without_its_shape() -> None:
    class Needs(Dots):
        def __init__(self, path: Path) -> None:
            raise AssertionError("it may not be made without its argument")

    assert describe_dataset(Needs) == DatasetInfo("Needs", (), None, obtain="made when loaded")


def test_a_dataset_of_ones_own_is_shown_as_it_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._table, ("dataset", "dots"), Dots)
    call = ConfigLayer({"dataset.side": CliText("4"), "dataroot": CliText(tmp_path)}, COMMAND_LINE)
    config = ConfigLayer({"dataset": {"_type": "dots"}}, "a config", "d/one")
    assert dataset_info(Settings([call, config], script="show")).shape == (1, 4, 4)
