"""Agreement of distances against disent's own values (mean of 3 seeds, 64 repeats) and closed forms."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.metrics.distances import distances
from disentcli.metrics.sampling import FactorSampler, FunctionFactorSampler

from .samplers import SAMPLERS

DISENT = {  # ground with latent L1, with latent L2, with data; latent L1 and L2 with data: (factor, global)
    "A": {
        "lcorr": ((1.0, 1.0), (1.0, 0.9682), (0.9521, 0.9348), (0.9521, 0.9348), (0.9521, 0.9612)),
        "rcorr": ((1.0, 1.0), (1.0, 0.9643), (1.0, 0.9643), (1.0, 0.9643), (1.0, 1.0)),
        "rsame": ((1.0, 1.0), (1.0, 0.9106), (1.0, 0.9106), (1.0, 0.9106), (1.0, 1.0)),
    },
    "C": {
        "lcorr": ((0.4898, 0.5866), (0.5054, 0.5855), (0.4626, 0.5376), (0.9129, 0.9260), (0.9521, 0.9506)),
        "rcorr": ((0.4503, 0.4943), (0.4637, 0.4905), (0.4637, 0.4905), (0.9515, 0.9509), (1.0, 1.0)),
        "rsame": ((0.7016, 0.6788), (0.7076, 0.6778), (0.7076, 0.6778), (0.9175, 0.9013), (1.0, 1.0)),
    },
    "E": {
        "lcorr": ((0.9820, 0.8607), (0.9877, 0.8623), (0.9445, 0.8133), (0.9484, 0.9525), (0.9515, 0.9553)),
        "rcorr": ((0.9773, 0.8272), (0.9813, 0.8216), (0.9813, 0.8216), (0.9945, 0.9739), (1.0, 1.0)),
        "rsame": ((0.9482, 0.8081), (0.9502, 0.8062), (0.9502, 0.8062), (0.9909, 0.9288), (1.0, 1.0)),
    },
}  # fmt: skip
KINDS = ("ground_latent_l1", "ground_latent_l2", "ground_data", "latent_data_l1", "latent_data_l2")
LOOSE = {"C": 0.045, "A": 0.025, "E": 0.035}  # 4 standard deviations of the source's three seeds, global


class Seen:
    """A sampler whose observations are its codes."""

    def __init__(self, sampler: FactorSampler) -> None:
        self.sampler, self.sizes = sampler, sampler.sizes

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        return self.sampler.codes(factors, rs)

    def observed(self, factors: np.ndarray, rs: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        codes = self.sampler.codes(factors, rs)
        return codes, codes[:, None, :]


@pytest.mark.parametrize("name", SAMPLERS)
def test_equals_disent(name: str) -> None:
    result = distances(Seen(SAMPLERS[name]), np.random.RandomState(0), repeats=256)
    for measure, pairs in DISENT[name].items():
        for kind, (along, overall) in zip(KINDS, pairs, strict=True):
            assert result[f"{measure}_{kind}_factor"] == pytest.approx(along, abs=0.021)
            assert result[f"{measure}_{kind}_global"] == pytest.approx(overall, abs=LOOSE[name])
    assert len(result) == 30


def test_without_observations_there_are_no_distances_of_data() -> None:
    result = distances(SAMPLERS["A"], np.random.RandomState(0), repeats=4)
    assert len(result) == 12
    assert result["rcorr_ground_latent_l1_factor"] == pytest.approx(1)
    assert result["lcorr_ground_latent_l1_global"] == pytest.approx(1)


def test_chunks_are_as_small_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disentcli.metrics.factor_traversals.CELLS", 1)
    monkeypatch.setattr(import_module("disentcli.metrics.distances"), "CELLS", 1)
    result = distances(Seen(SAMPLERS["A"]), np.random.RandomState(0), repeats=4, triplets=8)
    assert result["rsame_ground_latent_l1_global"] == 1


def test_codes_without_distances_have_no_correlation() -> None:
    dead = FunctionFactorSampler((3, 4), lambda factors: factors * 0.0)
    result = distances(dead, np.random.RandomState(0), repeats=5)
    assert np.isnan(result["lcorr_ground_latent_l2_factor"])
    assert 0 < result["rsame_ground_latent_l2_global"] < 0.5
    with pytest.raises(CallError, match="positive numbers"):
        distances(dead, np.random.RandomState(0), triplets=0)
