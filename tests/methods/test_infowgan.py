"""InfoWGAN-GP, WGAN-GP and QL-InfoWGAN-GP: objectives in plain numpy, who moves what, who moves when."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent, UniformLatent
from disentcli.latents.discrete import GlobalQuantizedLatent, QuantizedLatent, VectorQuantizedLatent
from disentcli.latents.latent import Latent
from disentcli.methods.infowgan import InfoWGAN
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.hwf import HwfEncoder
from disentcli.nets.qlae import QlaeDecoder, QlaeEncoder
from disentcli.training.optim import GradientClipping, adamw
from disentcli.training.state import TrainingState, weighted_sum

from .models import VECTOR, batch, critics

PLAYERS = ("encoder", "generator")


def small_infowgan(shape: tuple[int, ...] = VECTOR, *, seed: int = 0, reg_wt: float = 200.0) -> InfoWGAN:
    torch.manual_seed(seed)
    return InfoWGAN(*critics(UniformLatent(4), shape), reg_wt=reg_wt)


def small_wgan(shape: tuple[int, ...] = VECTOR, *, seed: int = 0) -> InfoWGAN:
    return small_infowgan(shape, seed=seed, reg_wt=0.0)


def small_ql(shape: tuple[int, ...] = VECTOR, *, seed: int = 0) -> InfoWGAN:
    torch.manual_seed(seed)
    return InfoWGAN(*critics(QuantizedLatent(4, num_values=5), shape))


every = pytest.mark.parametrize("build", [small_infowgan, small_wgan, small_ql])


def get_noise(model: InfoWGAN, n: int = 6, seed: int = 2) -> dict[str, Tensor]:
    return model.noise(n, torch.Generator().manual_seed(seed))


def total(model: InfoWGAN, x: Tensor, noise: dict[str, Tensor], player: str) -> Tensor:
    return weighted_sum(model.losses(x, noise, player), model.weights(0))


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


@every
def test_an_update_of_the_encoder_leaves_generator_and_codebooks_as_they_are(build: Callable[[], InfoWGAN]):
    model = build()
    total(model, batch(VECTOR), get_noise(model), "encoder").backward()
    assert all(one.grad is not None for one in model.encoder.parameters())
    assert all(one.grad is None for one in model.decoder.parameters())
    state = TrainingState(model, adamw(lr=1e-2), budget=2)
    before = deepcopy(model.state_dict())
    state.step = 1  # the generator rests
    state.step_batch(batch(VECTOR))
    after = model.state_dict()
    assert {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])} == {"encoder"}


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


def test_the_generator_moves_at_every_fifth_step_and_first():
    model = small_infowgan()
    assert [step for step in range(16) if "generator" in model.players_to_update(step)] == [0, 5, 10, 15]
    assert all(model.players_to_update(step)[0] == "encoder" for step in range(16))
    state, weight = TrainingState(model, adamw(lr=1e-3), budget=11), next(model.decoder.parameters())
    moves = []
    for _ in range(11):
        before = weight.detach().clone()
        state.step_batch(batch(VECTOR))
        moves.append(not torch.equal(weight, before))
    assert [step for step, moved in enumerate(moves) if moved] == [0, 5, 10]


@every
def test_biases_and_codebooks_neither_decay_nor_are_clipped(build: Callable[[], InfoWGAN]):
    model = build()
    for player, own in model.player_parameters().items():
        decayed, spared = model.param_groups(player)
        assert (spared["weight_decay"], spared["clip"]) == (0, False)
        assert {id(one) for one in decayed["params"] + spared["params"]} == {id(one) for one in own}
        assert all(one.ndim > 1 for one in decayed["params"])
        codebooks = [id(one) for one in model.latent.parameters()] if player == "generator" else []
        assert set(codebooks) <= {id(one) for one in spared["params"]}


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_losses_without_noise_are_finite_and_always_the_same(build: Callable[[], InfoWGAN], player: str):
    model = build()
    with torch.no_grad():
        first = model.losses(batch(VECTOR), None, player)
        torch.manual_seed(99)
        assert first == model.losses(batch(VECTOR), None, player)
    assert all(term.isfinite() for term in first.values())
    torch.testing.assert_close(first, model.losses(batch(VECTOR), get_noise(model, seed=0), player))


@every
def test_noise_is_new_for_each_player_and_step(build: Callable[[], InfoWGAN]):
    model, generator = build(), torch.Generator().manual_seed(0)
    first, second = model.noise(32, generator), model.noise(32, generator)
    assert not torch.equal(first["encoder"], first["generator"])
    assert not any(torch.equal(first[name], second[name]) for name in first)
    assert (first["mixing"].shape, first["encoder"].shape) == ((32,), (32, 4))
    assert 0 <= first["mixing"].min() < first["mixing"].max() < 1


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_losses_are_a_pure_function(build: Callable[..., InfoWGAN], player: str):
    model, other, x = build(seed=0), build(seed=1), batch(VECTOR)
    noise = get_noise(model)
    state = dict(other.named_parameters()) | dict(other.named_buffers())
    torch.testing.assert_close(
        functional_call(model, state, (x, noise, player)), other.losses(x, noise, player)
    )


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_models_of_one_shape_are_trained_as_one(build: Callable[..., InfoWGAN], player: str):
    models, x = [build(seed=seed) for seed in (0, 1)], torch.stack([batch(VECTOR), batch(VECTOR) / 2])
    noises = [get_noise(model, seed=seed) for seed, model in enumerate(models)]
    noise = {name: torch.stack([one[name] for one in noises]) for name in noises[0]}
    parameters, buffers = stack_module_state(models)

    def losses(p: dict, b: dict, x: Tensor, noise: dict[str, Tensor]) -> dict[str, Tensor]:
        return functional_call(models[0], (p, b), (x, noise, player))

    stacked = torch.vmap(losses)(parameters, buffers, x, noise)
    sum(term.sum() for term in stacked.values()).backward()
    for at, model in enumerate(models):
        alone = model.losses(x[at], noises[at], player)
        sum(alone.values()).backward()
        for name, term in alone.items():
            torch.testing.assert_close(stacked[name][at], term)
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                torch.testing.assert_close(parameters[name].grad[at], parameter.grad, rtol=1e-3, atol=1e-5)


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_an_update_is_one_graph_for_the_compiler(build: Callable[..., InfoWGAN], player: str):
    model, x = build(), batch(VECTOR)
    noise = get_noise(model)
    torch.compiler.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise, player), model.losses(x, noise, player))


@every
def test_a_resumed_run_is_the_uninterrupted_one(build: Callable[..., InfoWGAN]):
    def state(seed: int) -> TrainingState:
        settings = adamw(lr=1e-3, betas=(0.0, 0.9), weight_decay=1e-2)
        return TrainingState(build(seed=seed), settings, budget=14, seed=3, clip=GradientClipping(value=1.0))

    whole, first, second = state(0), state(0), state(1)
    for _ in range(14):
        whole.step_batch(batch(VECTOR))
    for _ in range(8):  # the generator rests at the eighth
        first.step_batch(batch(VECTOR))
    second.load_state_dict(deepcopy(first.state_dict()))
    for _ in range(6):
        second.step_batch(batch(VECTOR))
    assert all(
        torch.equal(one, second.model.state_dict()[name]) for name, one in whole.model.state_dict().items()
    )
    assert whole.state_dict()["losses"] == second.state_dict()["losses"]
    assert {"encoder/loss", "generator/loss"} <= set(whole.loss_log.mean())


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
