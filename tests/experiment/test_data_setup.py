"""Runs of one call share their data where their configs describe the same, and only there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.resolved_config import resolved_config
from disentcli.config.settings import Settings
from disentcli.data.dataset import Dataset
from disentcli.experiment.data_setup import DatasetCache

from ..configs import sheets


def settings(config: str, dataroot: Path, **typed: Any) -> Settings:
    call = ConfigLayer({"dataroot": str(dataroot), **typed}, "command line")
    return Settings([call, *sheets(config)], script="train")


def load(datasets: DatasetCache, settings: Settings) -> Dataset:
    return datasets.load(settings).component


SPRITES: dict[str, Any] = {"dataset": {"scales": 1, "orientations": 1, "positions": 4}}


def test_images_are_loaded_once_for_all_seeds_and_each_run_says_what_it_used(dataroot: Path) -> None:
    datasets = DatasetCache(torch.device("cpu"))
    calls = [settings("d/sprites32", dataroot, seed=seed, **SPRITES) for seed in (0, 1, 2)]
    loaded = [datasets.load(one) for one in calls]
    assert all(one is loaded[0] for one in loaded)
    described = [resolved_config(one, {"dataset": loaded[0]})["dataset"] for one in calls]
    assert all(one == described[0] for one in described)
    assert described[2]["positions"] == 4


def test_what_follows_from_the_seed_is_loaded_for_each(dataroot: Path) -> None:
    datasets = DatasetCache(torch.device("cpu"))
    small = {"dataset": {"count": 20, "test_count": 5}}
    first, second, again = (
        load(datasets, settings("d/vec", dataroot, seed=seed, **small)) for seed in (0, 1, 0)
    )
    assert first is again
    assert first.fingerprint != second.fingerprint


def test_a_seed_of_the_datas_own_makes_them_the_same_for_all(dataroot: Path) -> None:
    datasets = DatasetCache(torch.device("cpu"))
    small = {"dataset": {"count": 20, "test_count": 5, "seed": 7}}
    first, second = (load(datasets, settings("d/vec", dataroot, seed=seed, **small)) for seed in (0, 1))
    assert first is second


@pytest.mark.parametrize(
    "other", [{"dataset": {**SPRITES["dataset"], "positions": 2}}, {"split": {"test": 1}}]
)
def test_other_options_or_another_split_are_other_data(dataroot: Path, other: dict[str, Any]) -> None:
    datasets = DatasetCache(torch.device("cpu"))
    first = load(datasets, settings("d/sprites32", dataroot, **SPRITES))
    assert load(datasets, settings("d/sprites32", dataroot, **{**SPRITES, **other})) is not first
