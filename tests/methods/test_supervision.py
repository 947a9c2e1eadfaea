"""Semi-supervised terms, against the equations of Locatello et al. (ICLR 2020) in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax
from torch.func import functional_call

from disentcli.errors import CallError
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.loss_schedules import DelayedSchedule, LinearSchedule
from disentcli.methods.supervision import (
    CovarianceSupervision,
    CrossEntropySupervision,
    EmbeddingSupervision,
    LabelledBatch,
    SquaredErrorSupervision,
    Supervision,
)

from .family import FAMILY, LATENT, noise_for, small
from .models import VECTOR, batch, small_ae, small_vae

SIZES = (3, 5)
OBJECTIVES = [kind for kind in FAMILY if "wae" not in kind and "aae" not in kind]


def draws(n: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, 4) and factors (n, 2)."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, LATENT)), np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)


def loss_of(term: Supervision) -> float:
    codes, factors = draws()
    return term.double().loss(torch.from_numpy(codes), torch.from_numpy(factors)).item()


def test_cross_entropy_is_the_sum_over_images_and_factors():
    codes, factors = draws()
    total = 0.0
    for z, y in zip(codes, factors, strict=True):
        for k, size in enumerate(SIZES):
            p, target = expit(z[k]), y[k] / size
            total -= target * np.log(p) + (1 - target) * np.log(1 - p)
    assert loss_of(CrossEntropySupervision(LATENT, SIZES)) == pytest.approx(total)


def test_squared_error_is_to_the_classes_scaled_or_to_their_shares():
    codes, factors = draws()
    scaled = SquaredErrorSupervision(LATENT, SIZES)
    assert loss_of(scaled) == pytest.approx(((codes[:, :2] - factors) ** 2).sum())
    with torch.no_grad():
        scaled.scale.fill_(-0.5)
    assert loss_of(scaled) == pytest.approx(((-0.5 * codes[:, :2] - factors) ** 2).sum())
    shares = ((expit(codes[:, :2]) - factors / np.array(SIZES)) ** 2).sum()
    unscaled = SquaredErrorSupervision(LATENT, SIZES, learn_scale=False)
    assert loss_of(unscaled) == pytest.approx(shares)
    assert not list(unscaled.parameters())


def test_covariance_is_that_of_each_code_with_the_factors_of_others():
    codes, factors = draws()
    total = sum(
        np.cov(codes[:, d], factors[:, k], bias=True)[0, 1] ** 2
        for d in range(LATENT)
        for k in range(len(SIZES))
        if d != k
    )
    assert loss_of(CovarianceSupervision(LATENT, SIZES)) == pytest.approx(total)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("temperature", [None, 0.7])
def test_embeddings_are_told_apart_by_a_softmax(ordered: bool, temperature: float | None):
    torch.manual_seed(3)
    term = EmbeddingSupervision(LATENT, SIZES, temperature=temperature, ordered=ordered)
    codes, factors = draws()
    total = 0.0
    for k, size in enumerate(SIZES):
        if ordered:
            e = np.arange(size) * term.slopes[k].item() + term.biases[k].item()
        else:
            e = term.values[k].detach().numpy().astype(float)
        sigma = term.sigma[k].item() if temperature is None else 0.7
        rows = log_softmax(-(((codes[:, k, None] - e) * sigma) ** 2), axis=1)
        total -= rows[np.arange(len(rows)), factors[:, k]].mean()
    assert loss_of(term) == pytest.approx(total, rel=1e-6)
    learned = 2 if ordered else sum(SIZES) / 2
    assert sum(one.numel() for one in term.parameters()) == 2 * (learned + (temperature is None))


def labelled(n: int = 5) -> LabelledBatch:
    return LabelledBatch(batch(VECTOR, n), torch.from_numpy(draws(n)[1]))


@pytest.mark.parametrize("kind", ["vae", *OBJECTIVES])
def test_every_gaussian_objective_takes_the_term_beside_its_own(kind: str):
    def made(supervision: Supervision | None) -> Autoencoder:
        torch.manual_seed(0)
        if kind == "vae":
            model = small_vae(VECTOR)
            model.supervision = supervision
            return model
        return small(kind, supervision=supervision)

    plain, model = made(None), made(CrossEntropySupervision(LATENT, SIZES, weight=2.5))
    noise = noise_for(model)
    both, own = model(batch(VECTOR), noise, "model", labelled()), plain(batch(VECTOR), noise)
    expected = model.supervision.loss(model.encode(labelled().observations), labelled().factors)
    assert both.pop("supervised") == expected
    torch.testing.assert_close(both, own)
    assert model.loss_weights(0) == {**plain.weights(0), "supervised": 2.5}
    assert plain.loss_weights(0) == plain.weights(0)


def test_the_discriminator_of_a_factorvae_reads_no_labels():
    model = small("factorvae", supervision=SquaredErrorSupervision(LATENT, SIZES))
    losses = model(batch(VECTOR), noise_for(model), "discriminator", labelled())
    assert set(losses) == {"cross_entropy"}
    moved = {id(one) for one in model.player_parameters()["model"]}
    assert {id(one) for one in model.supervision.parameters()} <= moved


def test_the_losses_are_a_pure_function_of_parameters_and_both_batches():
    model = small("tcvae", supervision=SquaredErrorSupervision(LATENT, SIZES))
    doubled = {name: one.detach().clone() for name, one in model.named_parameters()}
    doubled["supervision.scale"] = torch.tensor(2.0)
    found = functional_call(model, doubled, (batch(VECTOR), noise_for(model), "model", labelled()))
    model.load_state_dict(doubled, strict=False)
    assert found["supervised"] == model(batch(VECTOR), noise_for(model), "model", labelled())["supervised"]


def test_the_weight_has_a_schedule():
    rising = CrossEntropySupervision(LATENT, SIZES, weight=4, weighting=LinearSchedule(steps=10))
    late = CrossEntropySupervision(LATENT, SIZES, weight=4, weighting=DelayedSchedule(steps=10))
    assert [rising.weight_at(step) for step in (0, 5, 20)] == [0, 2, 4]
    assert [late.weight_at(step) for step in (0, 10, 11)] == [0, 0, 4]


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ((), "these data have none"),
        ((3, 0), "factors that are real numbers"),
        ((2, 2, 2, 2, 2), "each of the 5 factors .* there are 4: set --latent-dim to 5"),
    ],
)
def test_data_whose_factors_cannot_be_read_are_refused(sizes: tuple[int, ...], reason: str):
    for term in (
        CrossEntropySupervision,
        SquaredErrorSupervision,
        CovarianceSupervision,
        EmbeddingSupervision,
    ):
        with pytest.raises(CallError, match=reason):
            term(LATENT, sizes)


def test_a_method_without_supervision_needs_no_labels():
    options: dict[str, Any] = {"labelled": labelled()}
    assert set(small_ae(VECTOR)(batch(VECTOR), None, **options)) == {"reconstruction"}
