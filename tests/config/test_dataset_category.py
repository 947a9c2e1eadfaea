"""--cat is the category of whatever dataset a call names, under the argument that the dataset has for it."""

from __future__ import annotations

from typing import Any

import pytest

from disentcli.config.call_check import check_call, check_keys_in_use
from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer, MergedConfig
from disentcli.config.settings import Settings
from disentcli.console.argv import parse
from disentcli.data.download.index import categories, names
from disentcli.errors import CallError
from disentcli.registry import catalog
from disentcli.registry.signature import arguments_of

from ..configs import LIBRARY, sheets


def call(*configs: str, **typed: str) -> Settings:
    arguments = {key.replace("__", "."): CliText(value) for key, value in typed.items()}
    layers = [ConfigLayer(arguments, COMMAND_LINE), *sheets(*configs)]
    return Settings(layers, script="show-data", configs=configs, library=LIBRARY)


@pytest.mark.parametrize(
    ("config", "category", "argument", "value"),
    [
        ("d/mpi", "real", "category", "real"),
        ("d/hwf", "div", "category", "div"),
        ("d/celeba", "128", "size", 128),
        ("d/celeba128", "64", "size", 64),
        ("d/isaac3d", "128", "size", 128),
        ("d/smallnorb", "right", "camera", "right"),
        ("paper/qlae/mpi", "toy", "category", "toy"),
    ],
)
def test_it_is_given_to_the_argument_that_the_dataset_has_for_it(
    config: str, category: str, argument: str, value: Any
) -> None:
    settings = call(config, cat=category)
    fit = settings.fit("dataset")
    assert fit is not None
    assert fit.arguments[argument] == value
    assert settings.source(f"dataset.{argument}") == COMMAND_LINE
    assert "cat" not in settings.values


@pytest.mark.parametrize("name", [name for name in names() if categories(name)])
def test_every_category_that_can_be_downloaded_can_be_named(name: str) -> None:
    for category in categories(name):
        check_call(call(f"d/{name}", cat=category))


def test_it_reaches_an_argument_of_every_dataset_that_says_which() -> None:
    for entry in catalog.entries("dataset"):
        component = catalog.resolve("dataset", entry.name)
        if component.__dict__.get("category_argument"):
            assert component.category_argument in arguments_of(component)


def test_a_dataset_without_categories_does_not_read_it() -> None:
    for config in ("d/3ds", "d/sprites32", "d/vec"):
        with pytest.raises(CallError, match="--cat: nothing in this call reads this key"):
            check_call(call(config, cat="toy"))


def test_a_category_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        CallError, match=r"dataset\.category \(command line\): expected one of toy, .*, got unreal"
    ):
        check_call(call("d/mpi", cat="unreal"))


def test_both_keys_for_one_category_are_refused() -> None:
    with pytest.raises(CallError, match=r"command line: cat and dataset\.category are one; give one of them"):
        call("d/mpi", cat="real", dataset__category="toy")


def test_a_config_may_say_it_too_and_the_stronger_one_wins() -> None:
    mine = ConfigLayer({"cat": "real", "_base": ["d/mpi"]}, "mine.yaml", "mine")
    layers = [mine, *sheets("d/mpi")]
    assert MergedConfig(layers).values["dataset"]["category"] == "real"
    typed = ConfigLayer({"dataset": {"category": "complex"}}, COMMAND_LINE)
    assert MergedConfig([typed, *layers]).values["dataset"]["category"] == "complex"


def test_over_a_run_it_is_that_of_the_runs_dataset() -> None:
    typed = ConfigLayer({"cat": CliText("real")}, COMMAND_LINE)
    settings = Settings([typed], script="train").with_base({"dataset": {"_type": "mpi", "category": "toy"}})
    assert settings.get("dataset.category", type=str) == "real"
    check_keys_in_use(Settings([typed, *sheets("d/mpi")], script="show-data", configs=["d/mpi"]))


def test_category_is_another_word_for_it() -> None:
    assert parse(["train", "d/mpi", "--category", "real"]).arguments == {"cat": "real"}
    assert parse(["train", "d/mpi", "--category", "real", "--cat=toy"]).arguments == {"cat": "toy"}
