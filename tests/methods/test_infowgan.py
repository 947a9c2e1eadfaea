"""InfoWGAN-GP, WGAN-GP and QL-InfoWGAN-GP: objectives in plain numpy, who moves what, what fits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent, UniformLatent
from disentcli.latents.discrete import GlobalQuantizedLatent, QuantizedLatent, VectorQuantizedLatent
from disentcli.latents.latent import Latent
from disentcli.methods.infowgan import InfoWGAN
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.hwf import HwfEncoder
from disentcli.nets.qlae import QlaeDecoder, QlaeEncoder

from .models import VECTOR, batch, critics
from .wgans import PLAYERS, every, get_noise, small_infowgan, small_ql, small_wgan, total


def slopes(model: InfoWGAN, points: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """∂v/∂x (N, D) of vectors (N, D) by central differences."""
    steps = h * np.eye(points.shape[1])
    moved = points[:, None, None] + np.stack([steps, -steps])  # (N, 2, D, D)
    with torch.no_grad():
        values = model.encoder(torch.from_numpy(moved.reshape(-1, points.shape[1])))[:, -1]
    up, down = values.numpy().reshape(len(points), 2, -1).swapaxes(0, 1)
    return (up - down) / (2 * h)


def nearest(z: np.ndarray, books: np.ndarray) -> np.ndarray:
    """Each of z (N, D) as the closest value of its codebook (D, V)."""
    at = np.abs(z[:, :, None] - books).argmin(-1)
    return np.take_along_axis(np.broadcast_to(books, (len(z), *books.shape)), at[:, :, None], 2)[:, :, 0]


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_the_objectives_are_the_published_ones(build: Callable[[], InfoWGAN], player: str):
    model, x = build().double(), batch(VECTOR).double()
    noise = {
        name: one if one.dtype == torch.int64 else one.double() for name, one in get_noise(model).items()
    }
    z = noise[player].numpy()
    if model.latent.discrete:
        books = model.latent.values.detach().numpy().reshape(4, 5)
        z = np.stack([books[j, z[:, j]] for j in range(4)], 1)
    fake = model.decoder(torch.from_numpy(z)).detach()  # vectors have no sigmoid
    (features, of_fake), of_real = np.split(model.encoder(fake).detach().numpy(), [4], 1), model.encoder(x)
    q = nearest(features, books) if model.latent.discrete else features
    shared = model.reg_wt * np.square(q - z).mean() + (0.01 + 0.01) * np.square(features - q).mean()
    if player == "generator":
        expected = -of_fake.mean() + shared
    else:
        share = noise["mixing"].numpy()[:, None]
        norms = np.sqrt(np.square(slopes(model, share * x.numpy() + (1 - share) * fake.numpy())).sum(1))
        critic = of_fake.mean() - of_real.detach().numpy()[:, 4].mean()
        expected = critic + 10 * np.square(norms - 1).mean() + shared
    assert total(model, x, noise, player).item() == pytest.approx(expected, rel=1e-7)


def test_the_published_weights_are_the_defaults():
    assert small_infowgan().weights(0) == {"value": 1, "gradient_penalty": 10, "latent": 200}
    assert small_wgan().weights(0) == {"value": 1, "gradient_penalty": 10, "latent": 0}
    latent = {"latent": 200, "quantization": 0.01, "commitment": 0.01}
    assert small_ql().weights(0) == {"value": 1, "gradient_penalty": 10, **latent}
    assert [build().short_name for build in (small_infowgan, small_wgan, small_ql)] == [
        "infowgan",
        "wgan",
        "ql-infowgan",
    ]


@every
def test_every_term_is_a_scalar_with_a_weight(build: Callable[[], InfoWGAN]):
    model = build()
    for player in PLAYERS:
        terms = model.losses(batch(VECTOR), get_noise(model), player)
        assert set(terms) <= set(model.weights(0))
        assert all(term.shape == () for term in terms.values())
    assert "gradient_penalty" not in terms


@every
def test_each_player_has_its_own_parameters(build: Callable[[], InfoWGAN]):
    model = build()
    names = {id(one): name.split(".")[0] for name, one in model.named_parameters()}
    owned = {player: [id(one) for one in found] for player, found in model.player_parameters().items()}
    assert {names[one] for one in owned["encoder"]} == {"encoder"}
    assert {names[one] for one in owned["generator"]} <= {"decoder", "latent"}
    assert sorted(owned["encoder"] + owned["generator"]) == sorted(names)


def test_codebooks_move_with_the_generator_and_only_where_they_were_drawn_or_reached():
    model, x = small_ql(), batch(VECTOR, 2)
    noise = get_noise(model, 2)
    total(model, x, noise, "generator").backward(inputs=model.player_parameters()["generator"])
    with torch.no_grad():
        z = model.latent.codes_from_indices(noise["generator"])
        reached = model.latent.indices(model.features_and_values(model.decode(z))[0])
    gradient = model.latent.values.grad.reshape(4, 5)
    touched = torch.zeros(4, 5, dtype=torch.bool)
    for indices in (noise["generator"], reached):
        touched.scatter_(1, indices.T, True)
    assert not touched.all()
    assert torch.equal(gradient != 0, touched)


def test_the_target_the_images_and_the_quantisation_loss_each_pull_at_the_codebooks():
    model, x = small_ql().double(), batch(VECTOR).double()
    noise, values = get_noise(model), model.latent.values
    terms = model.losses(x, noise, "generator")
    pulls = {name: torch.autograd.grad(one, values, retain_graph=True)[0] for name, one in terms.items()}
    z = model.latent.decode_indices(noise["generator"])
    through_images = -model.value(model.decode(z)).mean()
    torch.testing.assert_close(
        pulls["value"], torch.autograd.grad(through_images, values, retain_graph=True)[0]
    )
    codes = model.latent.sample_for_decoder(model.features_and_values(model.decode(z.detach()))[0]).detach()
    target = torch.autograd.grad((codes - z).square().mean(), values, retain_graph=True)[0]
    codes = model.latent.sample_for_decoder(model.features_and_values(model.decode(z))[0])
    image = torch.autograd.grad((codes - z.detach()).square().mean(), values)[0]
    torch.testing.assert_close(pulls["latent"], target + image)
    assert pulls["quantization"].abs().sum() > 0


@every
def test_it_encodes_reconstructs_and_generates(build: Callable[..., InfoWGAN]):
    model, x = build((1, 32, 32)).eval(), batch()
    codes = model.encode(x)
    assert codes.shape == (6, 4)
    assert torch.equal(model.reconstruct(x), model.decode(codes))
    drawn = model.latent.prior(3, torch.Generator().manual_seed(5))
    assert torch.equal(model.generate(3, torch.Generator().manual_seed(5)), model.decode(drawn))


def test_the_value_is_a_second_head_of_one_layer():
    encoder, decoder = QlaeEncoder((3, 64, 64), 13), QlaeDecoder(12, (3, 64, 64))
    model = InfoWGAN(QuantizedLatent(12), encoder, decoder)
    published = 3_684_524 + 257  # of the encoder, and of Linear(256 → 1)
    assert sum(one.numel() for one in model.player_parameters()["encoder"]) == published
    assert sum(one.numel() for one in model.player_parameters()["generator"]) == 4_277_664 + 120
    x = batch((3, 64, 64), 2)
    heads = encoder.trunk(x) @ encoder.head.weight.T + encoder.head.bias
    torch.testing.assert_close(model.value(x), heads[:, 12])
    torch.testing.assert_close(model.features_and_values(x)[0], heads[:, :12])


@pytest.mark.parametrize(
    ("latent", "reason"),
    [(PlainLatent(4), "PlainLatent has none; use"), (GaussianLatent(4), "GaussianLatent draws again")],
)
def test_latents_that_do_not_fit_are_refused(latent: Latent, reason: str):
    with pytest.raises(CallError, match=reason):
        InfoWGAN(*critics(latent, VECTOR))


def test_every_discrete_latent_fits():
    for latent in (GlobalQuantizedLatent(4), VectorQuantizedLatent(4, num_embeddings=8, embedding_size=3)):
        model = InfoWGAN(*critics(latent, VECTOR))
        assert all(total(model, batch(VECTOR), get_noise(model), player).isfinite() for player in PLAYERS)


def test_critics_that_do_not_fit_are_refused():
    latent, encoder, decoder = critics(UniformLatent(4), VECTOR)
    with pytest.raises(CallError, match="reads 5 features and the method 1 more, the encoder gives 5"):
        InfoWGAN(UniformLatent(5), encoder, decoder)
    with pytest.raises(CallError, match="rules batch normalization out; HwfEncoder has it"):
        InfoWGAN(latent, HwfEncoder((1, 45, 45), 5), Conv12Decoder(4, (1, 32, 32)))
    with pytest.raises(CallError, match="generator-period must be at least 1, got 0"):
        InfoWGAN(latent, encoder, decoder, generator_period=0)
