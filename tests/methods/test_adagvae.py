"""Ada-GVAE and Ada-ML-VAE against plain numpy of the published formulas, and finite differences."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods import adagvae
from disentcli.methods.adagvae import AdaGVAE, AdaMLVAE, divergences
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.summary import describe

from .models import IMAGE, VECTOR, batch

KINDS = ["gvae", "published", "exact"]


def small(kind: str, shape: tuple[int, ...] = IMAGE, *, seed: int = 0, **options: object) -> AdaGVAE:
    """A model of 4 latent dimensions."""
    torch.manual_seed(seed)
    width = 32 if len(shape) == 3 else 8
    encoder = Conv12Encoder(shape, 8, width=width, hidden=(8,))
    decoder = Conv12Decoder(4, shape, width=width, hidden=(8,))
    if kind == "gvae":
        return AdaGVAE(GaussianLatent(4), encoder, decoder, **options)
    return AdaMLVAE(GaussianLatent(4), encoder, decoder, product=kind, **options)


def pairs(shape: tuple[int, ...] = IMAGE, n: int = 6) -> torch.Tensor:
    return batch(shape, 2 * n).unflatten(0, (n, 2))


def posteriors(n: int = 50, d: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return tuple(torch.randn(n, 2, d, generator=generator, dtype=torch.float64) for _ in range(2))


def averaged(kind: str, m: np.ndarray, v: np.ndarray) -> tuple[float, float]:
    """Mean and variance for both, of means (2,) and variances (2,), as published."""
    if kind == "gvae":
        return (m[0] + m[1]) / 2, (v[0] + v[1]) / 2
    variance = 2 * v[0] * v[1] / (v[0] + v[1])
    mean = 0.5 * variance * (m[0] / v[0] + m[1] / v[1])
    return mean, variance if kind == "published" else variance / 2


def adapted(kind: str, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances (B, 2, D) after the averaging, in loops over pairs and dimensions."""
    mean, variance = mean.copy(), variance.copy()
    for m, v in zip(mean, variance, strict=True):
        delta = v[0] / v[1] + (m[1] - m[0]) ** 2 / v[1] - 1 + np.log(v[1]) - np.log(v[0])
        threshold = (delta.min() + delta.max()) / 2
        for i in np.flatnonzero(delta < threshold):
            m[:, i], v[:, i] = averaged(kind, m[:, i], v[:, i])
    return mean, variance


@pytest.mark.parametrize("kind", KINDS)
def test_shared_dimensions_get_the_published_average(kind: str):
    mean, logvar = posteriors()
    found = small(kind).adapt(mean, logvar)
    expected = adapted(kind, mean.numpy(), logvar.exp().numpy())
    np.testing.assert_allclose(found[0].numpy(), expected[0], rtol=1e-9)
    np.testing.assert_allclose(found[1].exp().numpy(), expected[1], rtol=1e-9)
    untouched = (found[0] == mean).all(1)
    assert untouched.any(1).all()  # the dimension of the largest divergence always stays
    assert not untouched.all(1).any()


def test_the_exact_product_is_the_normalized_product_of_two_densities():
    m, v = np.array([0.3, -1.1]), np.array([0.5, 1.7])

    def density(x: float) -> float:
        return float(stats.norm.pdf(x, m[0], v[0] ** 0.5) * stats.norm.pdf(x, m[1], v[1] ** 0.5))

    mass, first, second = (integrate.quad(lambda x, p=p: x**p * density(x), -12, 12)[0] for p in (0, 1, 2))
    mean, logvar = torch.from_numpy(m).view(1, 2, 1), torch.from_numpy(v).log().view(1, 2, 1)
    for kind, factor in (("exact", 1), ("published", 2)):
        found = small(kind).average(mean, logvar)
        assert found[0].item() == pytest.approx(first / mass)
        assert found[1].exp().item() == pytest.approx(factor * (second / mass - (first / mass) ** 2))


def test_divergences_are_those_of_torch_distributions():
    mean, logvar = posteriors()
    one, two = (torch.distributions.Normal(mean[:, k], (logvar[:, k] / 2).exp()) for k in (0, 1))
    there = torch.distributions.kl_divergence(one, two)
    back = torch.distributions.kl_divergence(two, one)
    torch.testing.assert_close(divergences(mean, logvar), 2 * there)
    torch.testing.assert_close(divergences(mean, logvar, symmetric=True), there + back)


def test_the_symmetric_divergence_treats_both_images_alike():
    mean, logvar = posteriors()
    for divergence, alike in (("symmetric", True), ("one-sided", False)):
        model = small("gvae", divergence=divergence)
        there, back = model.adapt(mean, logvar)[0], model.adapt(mean.flip(1), logvar.flip(1))[0].flip(1)
        assert torch.equal(there, back) == alike


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_means_over_both_images_of_the_adapted_posteriors(kind: str):
    model, x = small(kind).double(), pairs().double()
    noise = model.noise(6, torch.Generator().manual_seed(2)).double()
    features = model.encoder(x.flatten(0, 1)).detach().numpy().reshape(6, 2, 8)
    mean, variance = adapted(kind, features[..., :4], np.exp(features[..., 4:]))
    codes = mean + np.sqrt(variance) * noise.numpy().reshape(6, 2, 4)
    p = model.decode(torch.from_numpy(codes.reshape(12, 4))).detach().numpy().reshape(6, 2, *IMAGE)
    truth = x.numpy()
    cross_entropy = -(truth * np.log(p) + (1 - truth) * np.log(1 - p)).sum((2, 3, 4)).mean(0)
    kl = 0.5 * (mean**2 + variance - np.log(variance) - 1).sum(2).mean(0)
    terms = model.losses(x, noise)
    assert terms["reconstruction"].item() == pytest.approx((cross_entropy[0] + cross_entropy[1]) / 2)
    assert terms["kl"].item() == pytest.approx((kl[0] + kl[1]) / 2)
    assert small(kind, reg_wt=4.0).weights(0) == {"reconstruction": 1.0, "kl": 4.0}


def test_on_pairs_of_one_image_it_is_a_vae():
    model, x = small("gvae"), batch()
    vae = VAE(model.latent, model.encoder, model.decoder)
    torch.testing.assert_close(model.losses(torch.stack([x, x], dim=1)), vae.losses(x))
    torch.testing.assert_close(model.encode(x), vae.encode(x))


@pytest.mark.parametrize("shape", [IMAGE, VECTOR])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_finite_differences(kind: str, shape: tuple[int, ...]):
    model, x = small(kind, shape, reg_wt=2.0).double(), pairs(shape).double()
    noise = model.noise(6, torch.Generator().manual_seed(2)).double()

    def objective() -> torch.Tensor:
        return sum(model.weights(0)[name] * term for name, term in model.losses(x, noise).items())

    objective().backward()
    generator = torch.Generator().manual_seed(3)
    for name, parameter in list(model.named_parameters())[::7]:
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        step, values = 1e-7, []  # kinks of the max-pooling are a few 1e-7 away
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * step * direction
                values.append(objective())
                parameter -= sign * step * direction
        slope = (values[0] - values[1]) / (2 * step)
        torch.testing.assert_close(slope, (parameter.grad * direction).sum(), rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("kind", ["gvae", "published"])
def test_a_step_is_one_graph_for_the_compiler_and_runs_under_vmap(kind: str):
    model, x = small(kind, VECTOR), pairs(VECTOR)
    noise = model.noise(6, torch.Generator().manual_seed(2))
    torch.compiler.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise), model.losses(x, noise))
    stacked = torch.vmap(lambda x, noise: model(x, noise))(
        torch.stack([x, x / 2]), torch.stack([noise, noise])
    )
    torch.testing.assert_close(stacked["kl"][1], model.losses(x / 2, noise)["kl"])


def test_a_few_steps_learn_a_batch():
    model, x = small("gvae", reg_wt=0.01), (pairs() > 0.5).float() * torch.linspace(0, 1, 32).round()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    first = model.losses(x)["reconstruction"].item()
    for step in range(30):
        optimizer.zero_grad()
        terms = model.losses(x, model.noise(6, torch.Generator().manual_seed(step)))
        sum(model.weights(step)[name] * term for name, term in terms.items()).backward()
        optimizer.step()
    assert model.losses(x)["reconstruction"].item() < 0.75 * first


def test_very_narrow_posteriors_have_finite_gradients():
    mean = torch.zeros(1, 2, 3, requires_grad=True)
    logvar = torch.tensor([[[-80.0, -80.0, 1.0], [-80.0, -79.0, -2.0]]], requires_grad=True)
    for kind in KINDS:
        sum(part.sum() for part in small(kind).adapt(mean, logvar)).backward()
    assert mean.grad.isfinite().all()
    assert logvar.grad.isfinite().all()


def test_a_method_of_pairs_is_described_as_any_other():
    model = small("gvae")
    rows = describe(model, IMAGE)
    assert sum(row.parameters for row in rows) == sum(one.numel() for one in model.parameters())
    assert rows[-1].shape == IMAGE


def test_the_examples_hold():
    assert doctest.testmod(adagvae).failed == 0


def test_a_latent_without_a_kl_term_is_refused():
    encoder, decoder = Conv12Encoder(VECTOR, 4), Conv12Decoder(4, VECTOR)
    with pytest.raises(CallError, match="adamlvae needs the Gaussian latent, not PlainLatent"):
        AdaMLVAE(PlainLatent(4), encoder, decoder)
