"""The adversarial autoencoder: its game in numpy, its players, and codes that take the shape of a prior."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.latents.priors import BoxPrior, GaussianPrior, Prior
from disentcli.methods.aae import AdversarialAutoencoder, adversarial_loss, discriminator_loss
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from ..configs import sheets
from ..training.tiny_world import FlatDecoder, FlatEncoder, dataset
from .family import small
from .models import VECTOR, networks


def batch(n: int = 6) -> torch.Tensor:
    return torch.randn(n, *VECTOR, generator=torch.Generator().manual_seed(1))


def test_the_losses_of_the_game_are_their_formulas() -> None:
    logits, others = np.array([[-2.0], [0.5], [3.0]]), np.array([[1.0], [-4.0], [0.0]])
    real, fake = torch.from_numpy(logits), torch.from_numpy(others)
    sigma = 1 / (1 + np.exp(-logits))
    of_prior = 1 / (1 + np.exp(-others))
    assert adversarial_loss(real, "non-saturating").item() == pytest.approx(-np.log(sigma).mean())
    assert adversarial_loss(real, "linear").item() == pytest.approx(-logits.mean())
    expected = 0.5 * (-np.log(1 - sigma).mean() - np.log(of_prior).mean())
    assert discriminator_loss(real, fake).item() == pytest.approx(expected)


def test_one_logit_is_the_difference_of_the_two_of_the_wae_gan() -> None:
    """½ cross-entropies of two classes, class 0 for codes, as in the code of Montero et al."""
    codes, samples = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(0))
    zero, one = torch.zeros(5, dtype=torch.int64), torch.ones(5, dtype=torch.int64)
    published = 0.5 * (nn.functional.cross_entropy(codes, zero) + nn.functional.cross_entropy(samples, one))
    ours = discriminator_loss(*(one[:, 1:] - one[:, :1] for one in (codes, samples)))
    assert ours.item() == pytest.approx(published.item(), rel=1e-5)
    linear = adversarial_loss(codes[:, 1:] - codes[:, :1], "linear")
    assert linear.item() == pytest.approx((codes[:, 0] - codes[:, 1]).mean().item(), rel=1e-5)


def test_the_discriminator_compares_codes_with_samples_of_the_prior() -> None:
    model = small("aae")
    x = batch()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    found = model.losses(x, noise, "discriminator")["cross_entropy"]
    logits, samples = model.discriminator(model.encode(x)), model.discriminator(noise["prior"])
    assert found.item() == pytest.approx(discriminator_loss(logits, samples).item())


def test_each_player_moves_its_own_parameters() -> None:
    model = small("aae-apart")
    groups = model.player_parameters()
    assert list(groups) == ["model", "generator", "discriminator"]
    assert set(map(id, groups["generator"])) < set(map(id, groups["model"]))
    assert not set(map(id, groups["discriminator"])) & set(map(id, groups["model"]))
    of_decoder = [parameter.clone() for parameter in model.decoder.parameters()]
    state = TrainingState(model, adam(lr=1e-2), budget=1)
    state._update_players(["generator"], model.loss_weights(0), batch(), model.noise(6, None), None)
    assert all(map(torch.equal, of_decoder, model.decoder.parameters()))
    assert any(parameter.grad is not None for parameter in model.encoder.parameters())


def test_joint_and_separate_steps_have_the_same_terms() -> None:
    joint, apart = small("aae"), small("aae-apart")
    apart.load_state_dict(joint.state_dict())
    x = batch()
    together = joint.losses(x)
    assert together["reconstruction"].item() == apart.losses(x)["reconstruction"].item()
    assert together["adversarial"].item() == apart.losses(x, player="generator")["adversarial"].item()


@pytest.mark.parametrize("prior", [GaussianPrior(2, mean=1.0), BoxPrior(2, low=-2.0, high=0.0)])
def test_codes_move_to_where_the_prior_is(prior: Prior) -> None:
    torch.manual_seed(0)
    model = AdversarialAutoencoder(
        PlainLatent(2),
        FlatEncoder(2),
        FlatDecoder(),
        reg_wt=30.0,
        prior=prior,
        discriminator_hidden=(32,),
        discriminator_lr=1e-2,
    )
    x = dataset().batch(torch.arange(240))
    state = TrainingState(model, adam(lr=5e-3), budget=400)
    for _ in range(400):
        state.step_batch(x)
    codes, samples = model.encode(x).detach(), prior.sample(20_000, torch.Generator().manual_seed(0))
    assert codes.mean(0).tolist() == pytest.approx(samples.mean(0).tolist(), abs=0.4)
    assert codes.std(0).tolist() == pytest.approx(samples.std(0).tolist(), abs=0.5)


def test_new_codes_are_drawn_from_the_prior() -> None:
    model = Settings(sheets("prior/flower", "m/aae", "a/conv12", "a/size/vec")).build(
        "model", input_shape=VECTOR
    )
    drawn = model.sample_codes(2_000, torch.Generator().manual_seed(0))
    assert drawn[:, :2].norm(dim=1).mean().item() == pytest.approx(1, abs=0.1)
    assert drawn[:, 2:].std().item() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("latent", "options", "message"),
    [(QuantizedLatent(4), {}, "are discrete"), (PlainLatent(4), {"logvar_wt": 1.0}, "log-variances")],
)
def test_latents_that_do_not_fit_are_refused(latent: nn.Module, options: dict, message: str) -> None:
    with pytest.raises(CallError, match=message):
        AdversarialAutoencoder(*networks(latent, VECTOR), **options)
