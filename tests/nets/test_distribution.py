"""What the outputs of decoders say of observations, against torch.distributions and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import distributions

from disentcli.config.settings import Settings
from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.ae import AE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.distribution import (
    Bernoulli,
    Distribution,
    Gaussian,
    SquaredError,
    bernoulli_loss,
    squared_error,
)
from disentcli.nets.encoder_decoder import Decoder
from disentcli.registry import catalog

from ..configs import sheets

IMAGE = (3, 32, 32)
EVERY = (Bernoulli(), SquaredError(), SquaredError(link="sigmoid"), Gaussian(deviation=0.3))


def draws(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs around [0, 1], and observations in it."""
    generator = torch.Generator().manual_seed(0)
    outputs = 0.5 + torch.randn(4, *shape, generator=generator, dtype=torch.float64)
    return outputs, torch.rand(4, *shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("shape", [(3, 8, 8), (7,)])
@pytest.mark.parametrize("deviation", [0.1, 1.0, 3.0])
def test_a_gaussian_has_the_log_density_of_torch(shape: tuple[int, ...], deviation: float):
    outputs, x = draws(*shape)
    expected = -distributions.Normal(outputs, deviation).log_prob(x).flatten(1).sum(1).mean()
    torch.testing.assert_close(Gaussian(deviation=deviation).loss(outputs, x), expected)
    squashed = -distributions.Normal(outputs.sigmoid(), deviation).log_prob(x).flatten(1).sum(1).mean()
    torch.testing.assert_close(Gaussian(deviation=deviation, link="sigmoid").loss(outputs, x), squashed)


def test_the_squared_error_is_summed_over_pixels_and_averaged_over_the_batch():
    outputs, x = draws(3, 8, 8)
    raw, target = outputs.numpy(), x.numpy()
    assert SquaredError().loss(outputs, x).item() == pytest.approx(((raw - target) ** 2).sum() / 4)
    squashed = ((1 / (1 + np.exp(-raw)) - target) ** 2).sum() / 4
    assert SquaredError(link="sigmoid").loss(outputs, x).item() == pytest.approx(squashed)


def test_the_squared_error_is_a_gaussian_of_half_a_variance():
    outputs, x = draws(3, 8, 8)
    gaussian = Gaussian(deviation=0.5**0.5).loss(outputs, x) - 192 * 0.5 * np.log(np.pi)
    torch.testing.assert_close(SquaredError().loss(outputs, x), gaussian)


@pytest.mark.parametrize("distribution", EVERY)
def test_the_least_loss_is_that_of_outputs_whose_mean_are_the_images(distribution: Distribution):
    outputs, x = draws(3, 8, 8)
    has_logits = isinstance(distribution, Bernoulli) or distribution.link == "sigmoid"
    best = x.logit() if has_logits else x
    torch.testing.assert_close(distribution.least_loss(x), distribution.loss(best, x))
    assert distribution.least_loss(x) < distribution.loss(outputs, x)


def test_binary_images_have_a_least_loss_of_zero_and_grey_ones_the_entropy_of_their_pixels():
    binary = torch.tensor([[0.0, 1.0]])
    assert Bernoulli().least_loss(binary) == 0
    assert SquaredError(link="sigmoid").least_loss(binary) == 0
    grey = torch.full((2, 3, 4, 4), 0.3, dtype=torch.float64)
    entropy = distributions.Bernoulli(torch.tensor(0.3, dtype=torch.float64)).entropy()
    torch.testing.assert_close(Bernoulli().least_loss(grey), 48 * entropy)


def test_a_distribution_that_does_not_say_its_least_loss_is_refused():
    class Other(Bernoulli):
        least_loss = Distribution.least_loss

    with pytest.raises(Unsupported, match="Other does not say"):
        Other().least_loss(torch.zeros(1, 2))


def test_the_gradient_reaches_outputs_beyond_white():
    outputs = torch.tensor([[[[1.5]]]], requires_grad=True)
    SquaredError().loss(outputs, torch.ones(1, 1, 1, 1)).backward()
    assert outputs.grad.item() == 1.0  # 2 (x̂ − x)


@pytest.mark.parametrize("one", EVERY)
def test_shown_images_are_in_range_and_vectors_as_they_are(one: Bernoulli | SquaredError):
    outputs, _ = draws(1, 4, 4)
    shown = one.mean(outputs)
    assert 0 <= shown.min().item() <= shown.max().item() <= 1
    flat = outputs.flatten(1)
    if isinstance(one, SquaredError) and one.link == "identity":
        assert torch.equal(shown, outputs.clamp(0, 1))
        assert torch.equal(one.mean(flat), flat)


def test_a_method_takes_the_distribution_of_its_decoder():
    torch.manual_seed(0)
    decoder = Conv12Decoder(4, IMAGE, width=24, hidden=(8,), distribution=SquaredError())
    model = AE(PlainLatent(4), Conv12Encoder(IMAGE, 4, width=24, hidden=(8,)), decoder)
    images = torch.rand(2, *IMAGE)
    outputs = decoder(model.encode(images))
    assert model.losses(images)["reconstruction"].item() == pytest.approx(
        (outputs - images).square().sum().item() / 2, rel=1e-5
    )
    assert torch.equal(model.reconstruct(images), outputs.clamp(0, 1))


@pytest.mark.parametrize("name", [one.name for one in catalog.entries("decoder") if one.name != "beta"])
def test_every_decoder_takes_one(name: str):
    assert "distribution" in {one.name for one in catalog.find("decoder", name).parameters}


@pytest.mark.parametrize("order", ["a/out/gaussian a/kim m/vae", "m/vae a/kim a/out/gaussian"])
def test_a_config_may_stand_anywhere(order: str):
    model = Settings(sheets(*order.split(), "a/size/64")).build("model", input_shape=(1, 64, 64))
    assert isinstance(model.decoder.distribution, Gaussian)
    assert model.decoder.distribution.deviation == 0.1


def test_numbers_that_are_no_probabilities_are_refused():
    for one in (Bernoulli(), SquaredError(link="sigmoid")):
        with pytest.raises(CallError, match="vectors are not in"):
            Decoder(4, (10,), one)
    with pytest.raises(CallError, match="above 0; got 0"):
        Gaussian(deviation=0)
    assert isinstance(Decoder(4, (10,)).distribution, SquaredError)
    assert isinstance(Decoder(4, IMAGE).distribution, Bernoulli)


def test_images_have_the_bernoulli_likelihood_summed_over_pixels_and_averaged_over_the_batch():
    logits, images = torch.randn(4, 3, 8, 8), torch.rand(4, 3, 8, 8).round()
    expected = -distributions.Bernoulli(logits=logits).log_prob(images).sum((1, 2, 3)).mean()
    torch.testing.assert_close(bernoulli_loss(logits, images), expected)


def test_grey_pixels_are_probabilities():
    logits, images = torch.randn(4, 1, 8, 8), torch.rand(4, 1, 8, 8)
    p = torch.sigmoid(logits)
    expected = -(images * p.log() + (1 - images) * (1 - p).log()).sum((1, 2, 3)).mean()
    torch.testing.assert_close(bernoulli_loss(logits, images), expected)


def test_vectors_have_the_squared_error_summed_over_dimensions_and_averaged_over_the_batch():
    outputs, vectors = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    assert squared_error(outputs, vectors).item() == (1 + 4 + 9) / 2


def test_extreme_logits_stay_finite():
    logits = torch.tensor([1e4, -1e4, 1e4, -1e4]).view(1, 1, 2, 2).requires_grad_()
    images = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    loss = bernoulli_loss(logits, images)
    loss.backward()
    assert loss.item() == 2e4
    assert logits.grad.flatten().tolist() == [0, 0, 1, -1]


def test_the_gradient_of_the_bernoulli_loss_is_probability_minus_pixel():
    logits, images = torch.randn(4, 1, 8, 8, requires_grad=True), torch.rand(4, 1, 8, 8)
    bernoulli_loss(logits, images).backward()
    torch.testing.assert_close(logits.grad, (torch.sigmoid(logits.detach()) - images) / 4)
