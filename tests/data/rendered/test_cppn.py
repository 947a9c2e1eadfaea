"""CPPN images: computed again pixel by pixel in numpy; parts, options, and a rendering that survives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered import cppn
from disentcli.data.rendered.cppn import PatternImages, PatternNetwork
from disentcli.data.splits.splits import random_splits
from disentcli.errors import CallError, DisentError

FEW = {"count": 30, "test_count": 10}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> PatternImages:
    return PatternImages(str(tmp_path_factory.mktemp("data")), nodes=3, seed=5, **FEW)


def test_images_are_the_network_of_place_and_nodes(few: PatternImages) -> None:
    layers = [(w.double().numpy(), b.double().numpy()) for w, b in PatternNetwork(3, 5, **FEW).drawn()[0]]
    images = few.batch(torch.arange(40)).numpy() * 255
    for index, row, column in [(0, 0, 0), (7, 63, 0), (19, 31, 40), (39, 12, 63), *np.ndindex(2, 6, 6)]:
        y, x = 2 * row / 63 - 1, 2 * column / 63 - 1
        hidden = np.array([y, x, 1 - math.sqrt(x * x + y * y), *few.factors()[index]])
        for weight, bias in layers[:-1]:
            hidden = np.tanh(weight @ hidden + bias)
        color = 255 / (1 + np.exp(-(layers[-1][0] @ hidden + layers[-1][1])))
        assert np.abs(images[index, :, row, column] - color).max() < 0.501
    assert [w.shape for w, _ in layers] == [(16, 6), (16, 16), (16, 16), (3, 16)]


def test_nodes_are_standard_normal_and_continuous(few: PatternImages) -> None:
    assert (few.factor_names, few.factor_sizes) == (("node_0", "node_1", "node_2"), (0, 0, 0))
    assert few.factors().dtype == np.float32
    nodes = PatternNetwork(nodes=4).drawn()[1]
    assert nodes.shape == (120_000, 4)
    assert stats.kstest(nodes[:5000].flatten().numpy(), "norm").pvalue > 0.01


def test_equal_nodes_have_equal_images_and_near_ones_near_images() -> None:
    layers, _ = PatternNetwork(2, 0, **FEW).drawn()
    nodes = torch.tensor([[0.3, -1.0], [0.3, -1.0], [0.301, -1.0], [2.0, 1.0]])
    first, same, near, far = cppn.painted(layers, nodes).astype(int)
    assert np.array_equal(first, same)
    assert 0 < np.abs(first - near).mean() < 1 < np.abs(first - far).mean()


def test_the_test_images_are_apart_and_of_the_same_network(few: PatternImages) -> None:
    splits = random_splits(len(few), 0, test_indices=few.test_indices)
    assert splits.test.tolist() == list(range(30, 40))
    assert len(np.unique(few.factors(), axis=0)) == 40


def test_the_seed_decides_everything(few: PatternImages, tmp_path: Path) -> None:
    state = torch.get_rng_state()
    same = PatternImages(str(tmp_path), nodes=3, seed=5, **FEW)
    other = PatternImages(str(tmp_path), nodes=3, seed=6, **FEW)
    assert same.fingerprint == few.fingerprint != other.fingerprint
    assert np.array_equal(same.factors(), few.factors())
    assert torch.equal(state, torch.get_rng_state())


def test_a_rendering_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painted, asked = cppn.painted, []
    monkeypatch.setattr(cppn, "GROUP", 15)
    whole = PatternImages(str(tmp_path / "whole"), **FEW)

    def interrupted(layers: cppn.Layers, nodes: torch.Tensor) -> np.ndarray:
        asked.append(len(nodes))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return painted(layers, nodes)

    monkeypatch.setattr(cppn, "painted", interrupted)
    with pytest.raises(KeyboardInterrupt):
        PatternImages(str(tmp_path / "cut"), **FEW)
    again = PatternImages(str(tmp_path / "cut"), **FEW)
    assert asked == [15, 15, 10, 10]
    assert again.fingerprint == whole.fingerprint


def test_the_info_agrees_with_the_data(few: PatternImages) -> None:
    info = describe_dataset(PatternImages, {"nodes": 3, "seed": 5, **FEW, "root": "elsewhere"})
    assert (info.shape, info.count) == (few.shape, len(few))
    assert (info.factor_names, info.factor_sizes) == (few.factor_names, few.factor_sizes)
    assert info.folder == "cppn_3_30+10_seed5"
    assert describe_dataset(PatternImages).disk == 120_000 * 3 * 64 * 64


def test_images_without_their_factors_are_refused(tmp_path: Path) -> None:
    PatternImages(str(tmp_path), count=2, test_count=0)
    (tmp_path / "cppn_2_2+0_seed0" / "factors.npy").unlink()
    with pytest.raises(DisentError, match=r"has no factors.npy; delete the folder .* and call again"):
        PatternImages(str(tmp_path), count=2, test_count=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": 0}, "1 to 64 nodes, not 0"),
        ({"count": 0}, "cppn needs images to train on: count 0"),
        ({"test_count": -1}, "test_count -1"),
    ],
)
def test_options_that_make_no_images_are_refused(
    options: dict[str, int], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CallError, match=message):
        PatternImages(str(tmp_path), **options)
