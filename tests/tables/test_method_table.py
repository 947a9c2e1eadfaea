"""`fig list methods`: the table and the page of one method."""

from __future__ import annotations

import pytest

from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.scripts.list import list_all
from disentcli.tables.method_table import summarize_method, summarize_methods

from ..configs import LIBRARY


def test_every_config_has_its_card():
    found = {one.config: one for one in summarize_methods(LIBRARY)}
    assert set(found) == {name for name in LIBRARY.paths if name.startswith("m/")}
    unnamed = [one.config for one in found.values() if one.papers == "–"]
    assert sorted(unnamed) == ["m/ae", "m/pca", "m/untrained"]


def test_a_card_holds_the_published_values():
    found = summarize_method(LIBRARY, "m/qlae")
    assert found.papers == "Hsu et al., NeurIPS 2023"
    assert found.terms == "1/D·reconstruction + 0.01·quantization + 0.01·commitment"
    assert "latent quantized" in found.settings
    assert "optim.weight-decay 0.1" in found.settings


@pytest.mark.parametrize("words", [["methods", "m/tcvae"], ["methods", "tcvae"]])
def test_the_card_of_one_has_its_equation_and_options(words: list[str], capsys: pytest.CaptureFixture):
    list_all(Settings([], script="list", words=words, library=LIBRARY))
    said = capsys.readouterr().out
    assert "KL + (β − 1)·TC" in said
    assert "1·reconstruction + 1·kl + 5·total_correlation" in said
    assert "--model.estimator" in said


def test_an_unknown_topic_is_refused():
    with pytest.raises(CallError, match="did you mean methods"):
        list_all(Settings([], script="list", words=["method"], library=LIBRARY))
