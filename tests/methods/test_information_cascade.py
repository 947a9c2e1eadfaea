"""The information cascade: which dimension has which weight when, its losses in numpy, its stacked steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.information_cascade import InformationCascadeVAE
from disentcli.training.ensemble.ensemble_state import EnsembleState
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState, weighted_sum

from .models import VECTOR, batch, networks


def small(seed: int = 0, **options: object) -> InformationCascadeVAE:
    """Four dimensions, one of which is released every two steps."""
    torch.manual_seed(seed)
    return InformationCascadeVAE(*networks(GaussianLatent(4), VECTOR), **{"warmup": 2, **options})


def betas(step: int, low: float = 2.0, high: float = 10.0, warmup: int = 2) -> list[float]:
    """The published schedule, one by one: at step k·warmup dimension k − 1 switches."""
    found = [high] * 4
    for k in range(1, 5):
        if step >= k * warmup:
            found[k - 1] = low
    return found


def test_dimensions_switch_one_after_another():
    model = small()
    for step in range(12):
        weights = model.weights(step)
        of_each = weights["kl"] + weights["restricted_kl"] * model.restricted
        assert of_each.tolist() == betas(step), step
        model.after_step(step)


def test_the_objective_is_the_weighted_sum_of_divergences():
    model = small().double()
    x, noise = batch(VECTOR).double(), torch.randn(6, 4).double()
    mean, logvar = (part.detach().numpy() for part in model.encoder(x).chunk(2, dim=1))
    each = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum(0) / 6
    for step in (0, 4, 20):
        if step:
            model.after_step(step - 1)
        terms = model.losses(x, noise)
        assert terms["kl"].item() == pytest.approx(each.sum())
        expected = terms["reconstruction"].item() + np.dot(betas(step), each)
        assert weighted_sum(terms, model.weights(step)).item() == pytest.approx(expected)


def test_at_equal_weights_it_is_the_beta_vae():
    model = small(high_beta=2.0)
    assert model.weights(0) == {"reconstruction": 1, "kl": 2, "restricted_kl": 0}


def test_weights_loaded_from_a_later_step_begin_restricted():
    model = small()
    model.after_step(100)
    assert not model.restricted.any()
    model.after_step(0)
    assert model.restricted.all()


def test_runs_of_it_are_trained_as_one():
    def states() -> list[TrainingState]:
        return [TrainingState(small(seed), adam(lr=1e-2), budget=6, seed=seed) for seed in (0, 1)]

    x = torch.stack([batch(VECTOR), batch(VECTOR) / 2])
    alone, together = states(), states()
    ensemble = EnsembleState(together)
    for _ in range(5):
        ensemble.step_batch(x)
        for state, own in zip(alone, x, strict=True):
            state.step_batch(own)
    ensemble.unstack_to_runs()
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(one.model.state_dict(), other.model.state_dict(), rtol=1e-3, atol=1e-4)
    assert together[0].model.restricted.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("options", [{"high_beta": -1.0}, {"warmup": 0}])
def test_what_cannot_be_is_refused(options: dict[str, float]):
    with pytest.raises(CallError, match="a weight of 0 or more, warmup 1 step or more"):
        small(**options)
