"""β-VAE score against disentanglement_lib's own values, seed by seed, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.beta_vae import beta_vae
from disentcli.metrics.linear_models import Solver
from disentcli.metrics.sampling import FunctionFactorSampler

from . import toys
from .samplers import SAMPLERS

BATCH_4: dict[tuple[str, Solver], list[tuple[float, float]]] = {  # train and eval accuracy of seeds 0 and 1
    ("A", "liblinear"): [(0.9996, 0.9998), (0.9994, 0.9996)],  # scikit-learn 0.21.3
    ("A", "lbfgs"): [(0.9995, 0.9988), (0.9994, 0.9994)],  # scikit-learn 1.9.1
    ("C", "liblinear"): [(0.7893, 0.7676), (0.7816, 0.782)],
    ("C", "lbfgs"): [(0.7901, 0.768), (0.7822, 0.7806)],
    ("E", "liblinear"): [(0.9475, 0.9438), (0.9412, 0.943)],
    ("E", "lbfgs"): [(0.9478, 0.943), (0.9415, 0.9404)],
}


@pytest.mark.parametrize("solver", ["liblinear", "lbfgs"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_equals_disentanglement_lib(name: str, solver: Solver) -> None:
    for seed in range(1 if name == "C" else 2):
        result = beta_vae(SAMPLERS[name], np.random.RandomState(seed), batch_size=4, solver=solver)
        found = result["train_accuracy"], result["eval_accuracy"]
        assert found == pytest.approx(BATCH_4[name, solver][seed], abs=4e-4)


@pytest.mark.parametrize("name", SAMPLERS)
def test_batches_of_64_saturate(name: str) -> None:
    result = beta_vae(SAMPLERS[name], np.random.RandomState(0), num_train=2000, num_eval=1000)
    assert set(result.values()) == {1.0}


@pytest.mark.parametrize(("solver", "expected"), [("liblinear", (0.283, 0.314)), ("lbfgs", (0.285, 0.318))])
def test_entangled_toy(solver: Solver, expected: tuple[float, float]) -> None:
    sampler = FunctionFactorSampler(toys.SIZES, toys.toy_b)
    counts = {"batch_size": 16, "num_train": 1000, "num_eval": 500}
    result = beta_vae(sampler, np.random.RandomState(0), solver=solver, **counts)
    assert (result["train_accuracy"], result["eval_accuracy"]) == pytest.approx(expected, abs=1e-9)
    chance = 1 / len(toys.SIZES)
    rescaled = [(accuracy - chance) / (1 - chance) for accuracy in expected]
    assert (result["train_above_chance"], result["eval_above_chance"]) == pytest.approx(rescaled)


def test_disentangled_toy_and_identity_are_perfect() -> None:
    for sizes, codes in ((toys.SIZES, toys.toy_a), ((10,) * 10, np.asarray)):
        sampler = FunctionFactorSampler(sizes, codes)
        result = beta_vae(sampler, np.random.RandomState(0), num_train=1000, num_eval=500)
        assert result["eval_accuracy"] == 1.0


def test_codes_that_say_nothing_are_at_chance() -> None:
    sampler = FunctionFactorSampler((4, 4, 4), lambda factors: np.zeros((len(factors), 2)))
    result = beta_vae(sampler, np.random.RandomState(0), num_train=1000, num_eval=1000)
    assert result["eval_accuracy"] == pytest.approx(1 / 3, abs=0.08)


def test_what_cannot_be_computed_is_said() -> None:
    rs = np.random.RandomState(0)
    with pytest.raises(Unsupported, match="at least 2, got 1"):
        beta_vae(FunctionFactorSampler((4,), np.asarray), rs)
    with pytest.raises(CallError, match="row 0, column 0 is nan"):
        beta_vae(FunctionFactorSampler((4, 4), lambda factors: factors * np.nan), rs)
    with pytest.raises(CallError, match="positive numbers"):
        beta_vae(FunctionFactorSampler((4, 4), np.asarray), rs, num_train=0)
    with pytest.raises(CallError, match="unknown solver 'sag'"):
        beta_vae(FunctionFactorSampler((4, 4), np.asarray), rs, num_train=50, solver="sag")  # type: ignore[arg-type]


def test_a_single_training_point_teaches_nothing() -> None:
    with pytest.raises(Unsupported, match="same class"):
        beta_vae(FunctionFactorSampler((4, 4), np.asarray), np.random.RandomState(0), num_train=1)
