"""`fig show`: every value with its source, and the network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import FIG, REPOSITORY, Command, forked


def sources(page: str) -> dict[str, str]:
    """The sources by their lines' text."""
    pairs = [line.split("  # ") for line in page.splitlines() if "  # " in line]
    return {text.strip(): source for text, source in pairs}


def test_every_value_says_where_it_comes_from(fig: Command) -> None:
    answer = fig("show", "a/wide", "m/pair", "--seed", "4", "--model.beta", "2")
    assert answer.code == 0
    shown = sources(answer.out)
    assert shown["seed: 4"] == "command line"
    assert shown["budget: 100"] == "config/base.yaml"
    assert shown["_type: wide"] == "config/a/wide.yaml"
    assert "The network cannot be shown: no config of this call names a dataset" in answer.out


def test_an_unknown_key_is_refused(fig: Command) -> None:
    assert "did you mean seed" in fig("show", "m/pair", "--sed", "3").err


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of SAE-12 on 3D-Shapes, which is not on this machine."""
    place = Path(shutil.copy(REPOSITORY / ".omnifig.yml", tmp_path_factory.mktemp("real")))
    words = ["hybrid", "a/e/conv12", "a/d/strc/12", "m/ae", "d/3ds", "--reg-wt", "0.5"]
    answer = forked(FIG, "show", *words, cwd=place.parent)
    assert answer.code == 0, answer.err
    return answer.out


def test_the_network_is_counted_without_its_data(real: str) -> None:
    """1,221,967 parameters: Leeb et al., ICLR 2023, published code."""
    assert "1,221,967 parameters: encoder 512,844, decoder 709,123" in real
    assert "64×32×32" in real


def test_inferred_and_default_values_are_told_apart(real: str) -> None:
    shown = sources(real)
    assert shown["input_shape: [3, 64, 64]"] == "inferred"
    assert shown["nonlin: elu"] == "default"
    assert shown["latent_dim: 12"] == "config/a/size/64.yaml"
    assert shown["reg_wt: 0.5"] == "command line"
    assert shown["hidden: [128, 256]"] == "config/a/size/64.yaml, not in use"
