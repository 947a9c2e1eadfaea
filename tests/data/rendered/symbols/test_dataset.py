"""The rendered set: the format of HWF, the same bytes everywhere, learnable but not trivial."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.rendering import open_or_render
from disentcli.data.rendered.symbols import dataset as module
from disentcli.data.rendered.symbols.dataset import Symbols, SymbolSpec, render
from disentcli.data.rendered.symbols.handwriting import STYLE, rasterize
from disentcli.data.rendered.symbols.skeletons import SYMBOLS
from disentcli.errors import CallError

SMALL = {"per_class": 160, "test": 40}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Symbols:
    return Symbols(str(tmp_path_factory.mktemp("data")), **SMALL)


def test_images_and_factors_are_those_of_the_info(small: Symbols) -> None:
    info = describe_dataset(Symbols, SMALL)
    assert (info.shape, info.count) == (small.shape, len(small)) == ((1, 45, 45), 13 * 160)
    assert info.factor_names == small.factor_names == ("symbol", *STYLE)
    assert info.factor_sizes == small.factor_sizes == (13, 0, 0, 0, 0, 0, 0, 0)
    assert info.factor_values[0] == SYMBOLS
    assert info.disk == 13 * 160 * 45 * 45
    assert small.factors().shape == (13 * 160, 8)
    assert small.factors(np.array([0, 159, 160, 2079]))[:, 0].tolist() == [0, 0, 1, 12]


def test_symbols_are_dark_on_white(small: Symbols) -> None:
    images = small.batch(torch.arange(len(small)))
    assert images.amin(dim=(1, 2, 3)).max() < 0.1
    assert (images[:, :, 0] == 1).all()
    assert 0.8 < images.mean() < 0.95


def test_the_last_images_of_each_symbol_are_for_testing(small: Symbols) -> None:
    test = small.test_indices
    assert test is not None
    assert np.bincount(small.factors(test)[:, 0].astype(int)).tolist() == [40] * 13
    assert (test.reshape(13, 40) % 160 == np.arange(120, 160)).all()


def test_a_classifier_of_pixels_learns_them_and_is_not_perfect(small: Symbols) -> None:
    """With 120 images of each symbol; with all 1,250 it is 98 % and 96 %."""
    pixels = 1 - small.batch(torch.arange(len(small))).flatten(1).numpy()
    symbols = small.factors()[:, 0].astype(int)
    test = np.zeros(len(small), bool)
    test[small.test_indices] = True
    for classifier in (KNeighborsClassifier(1), LogisticRegression(C=0.02, tol=0.01)):
        classifier.fit(pixels[~test], symbols[~test])
        found = classifier.predict(pixels[test])
        assert 0.80 < (found == symbols[test]).mean() < 0.97
        assert min((found == symbols[test])[symbols[test] == c].mean() for c in range(13)) > 0.55


def test_every_machine_renders_the_same_bytes(small: Symbols) -> None:
    assert small.fingerprint == "9bddfc604baec533"


def test_whole_symbols_of_the_full_set_have_the_known_checksum() -> None:
    plan, checksum = SymbolSpec(), hashlib.sha256()
    for symbol in SYMBOLS:
        for start in range(0, 1500, 500):  # in other blocks than when it is rendered
            strokes = plan.write(symbol, start, start + 500)
            checksum.update(rasterize(strokes.starts, strokes.ends, strokes.widths, 45).data)
    assert checksum.hexdigest()[:16] == "1b2601c77a4c75cc"


def test_fewer_images_are_the_first_of_more(small: Symbols, tmp_path: Path) -> None:
    fewer = Symbols(str(tmp_path), per_class=3, test=1)
    places = torch.tensor([c * 160 + k for c in range(13) for k in range(3)])
    assert torch.equal(fewer.batch(torch.arange(39)), small.batch(places))
    np.testing.assert_array_equal(fewer.factors(), small.factors(places.numpy()))


def test_an_interruption_keeps_the_symbols_that_were_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, blocks = SymbolSpec(per_class=60, test=1), 0

    def rasterize_until_interrupted(*args: object) -> np.ndarray:
        nonlocal blocks
        blocks += 1
        if blocks == 6:  # in the middle of the third symbol, of two blocks each
            raise KeyboardInterrupt
        return rasterize(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "rasterize", rasterize_until_interrupted)
    for attempt in range(2):
        try:
            opened = open_or_render(tmp_path, plan.folder, plan.spec(), lambda folder: render(folder, plan))
        except KeyboardInterrupt:
            assert attempt == 0
    assert blocks == 6 + 2 * 11
    monkeypatch.undo()
    assert opened.sha256[:16] == Symbols(str(tmp_path / "whole"), per_class=60, test=1).fingerprint


def test_the_folder_tells_what_the_images_depend_on() -> None:
    plans = [SymbolSpec(), SymbolSpec(per_class=20, test=1), SymbolSpec(seed=1)]
    assert len({plan.folder for plan in plans}) == 3
    assert SymbolSpec(test=1).folder == SymbolSpec().folder


def test_rendering_says_nothing_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Symbols(str(tmp_path), per_class=2, test=1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("options", [{"per_class": 0}, {"per_class": 10, "test": 10}, {"test": -1}])
def test_options_that_leave_nothing_to_train_on_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CallError, match="symbols need images of each class to train on"):
        describe_dataset(Symbols, options)
