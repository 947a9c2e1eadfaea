"""Composition: operators and objectives against the published formulas in numpy, and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit

from disentcli.config.instantiate import build
from disentcli.config.settings import Settings
from disentcli.data.labelled_items import LabelledItems
from disentcli.errors import CallError, Unsupported
from disentcli.latents.discrete import VectorQuantizedLatent
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.composition import (
    CompositionOperator,
    FixedInterpolationOperator,
    InterpolationOperator,
    LinearOperator,
    MLPOperator,
)
from disentcli.methods.freezing import freeze
from disentcli.methods.qlae import VQVAE
from disentcli.methods.vae import VAE
from disentcli.nets.summary import describe
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from ..configs import sheets
from .family import FAMILY, LATENT, mapped, noise_for, small
from .models import IMAGE, VECTOR, batch, networks, small_vae

METHODS = ["m/composition"]
SIZES = (3, 4, 5)
OPERATORS: dict[str, type[CompositionOperator]] = {
    "linear": LinearOperator,
    "interp": InterpolationOperator,
    "fixint": FixedInterpolationOperator,
    "mlp": MLPOperator,
}
KINDS = list(FAMILY)


def triplets(shape: tuple[int, ...] = IMAGE, n: int = 6) -> LabelledItems:
    """Items whose actions are the factors in turn."""
    actions = torch.eye(len(SIZES), dtype=torch.bool)[torch.arange(n) % len(SIZES)]
    images = batch(shape, 3 * n).unflatten(0, (n, 3))
    return LabelledItems(images, torch.zeros(n, 3, len(SIZES), dtype=torch.int64), actions)


def composing(kind: str = "vae", operator: str = "linear", shape: Any = IMAGE, **options: Any) -> Autoencoder:
    """A small model that composes, in double precision."""
    torch.manual_seed(3)
    mixed = OPERATORS[operator](LATENT, SIZES, **options)
    if kind == "vae":
        plain = small_vae(shape)
        return VAE(plain.latent, plain.encoder, plain.decoder, reg_wt=4.0, operator=mixed).double()
    return small(kind, shape, operator=mixed).double()


def as_double(items: LabelledItems) -> LabelledItems:
    return LabelledItems(items.observations.double(), items.factors, items.changed)


def noise_of(model: Autoencoder, n: int = 6) -> Any:
    """The noise of a step with n triplets."""
    return mapped(noise_for(model, model.codes_per_item * n), torch.Tensor.double)


def composed_in_numpy(
    operator: CompositionOperator, r: np.ndarray, m: np.ndarray, a: np.ndarray
) -> np.ndarray:
    """The published formula, for one code at a time."""
    w = {name: one.detach().numpy() for name, one in operator.named_parameters()}
    if isinstance(operator, LinearOperator):
        first = w["of_reference.weight"] @ np.concatenate([r, a]) + w["of_reference.bias"]
        return first + w["of_command.weight"] @ np.concatenate([m, a]) + w["of_command.bias"]
    if isinstance(operator, InterpolationOperator):
        gate = expit(w["gate.weight"] @ np.concatenate([r, m, a]) + w["gate.bias"])
        return gate * r + (1 - gate) * m
    if isinstance(operator, FixedInterpolationOperator):
        padded = np.concatenate([a, np.zeros(len(r) - len(a))])
        return (1 - padded) * r + padded * m
    hidden = np.maximum(w["layers.0.weight"] @ np.concatenate([r, m, a]) + w["layers.0.bias"], 0)
    return w["layers.2.weight"] @ hidden + w["layers.2.bias"]


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_its_published_formula(name: str):
    torch.manual_seed(0)
    operator = OPERATORS[name](7, SIZES).double()
    r, m = torch.randn(2, 6, 7, dtype=torch.float64)
    action = triplets().changed
    found = operator(r, m, action).detach().numpy()
    each = zip(r.numpy(), m.numpy(), action.numpy().astype(float), strict=True)
    np.testing.assert_allclose(found, [composed_in_numpy(operator, *one) for one in each], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("linear", 2 * ((10 + 5) * 10 + 10)),
        ("interp", (2 * 10 + 5) * 10 + 10),
        ("fixint", 0),
        ("mlp", (2 * 10 + 5 + 1) * 128 + (128 + 1) * 10),
    ],
)
def test_the_published_network_has_as_many_parameters_more_than_its_vae(name: str, count: int):
    model = Settings(sheets("m/composition", "a/abdi", "base")).merged  # 10 latents and dSprites' factors
    node = {**model.values["model"], "operator": name}
    known = {"input_shape": (1, 64, 64), "factor_sizes": (3, 6, 40, 32, 32), "latent_dim": 10, "reg_wt": 1}
    built, full = build("method", node, where="model", inferred=known)
    assert sum(one.numel() for one in built.parameters()) == 1_944_341 + count
    assert full["operator"]["_type"] == name
    parts = {key.partition(".")[0] for key in built.state_dict()}
    assert parts == {"encoder", "decoder", *(["operator"] if count else [])}


def published_parts(model: Autoencoder, items: LabelledItems, noise: Any) -> tuple[np.ndarray, ...]:
    """Means, log-variances, codes (B, 2, L), and the cross-entropy (B, 3) of all three images, in numpy."""
    x = items.observations.numpy()
    features = model.encoder(items.observations[:, :2].flatten(0, 1)).detach().numpy().reshape(len(x), 2, -1)
    mean, logvar = features[..., :LATENT], features[..., LATENT:]
    drawn = noise["codes"] if isinstance(noise, dict) else noise
    codes = mean + np.exp(logvar / 2) * drawn.numpy().reshape(mean.shape)
    actions = items.changed.numpy().astype(float)
    composed = [composed_in_numpy(model.operator, *one, a) for one, a in zip(codes, actions, strict=True)]
    every = np.concatenate([codes, np.stack(composed)[:, None]], axis=1)
    p = model.decode(torch.from_numpy(every.reshape(-1, LATENT))).detach().numpy().reshape(x.shape)
    entropy = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum((2, 3, 4))
    return mean, logvar, codes, entropy


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_vae_on_triplets_is_half_of_the_published_sums(operator: str):
    model, items = composing(operator=operator), as_double(triplets())
    noise = noise_of(model)
    mean, logvar, _, entropy = published_parts(model, items, noise)
    kl = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum((1, 2))
    terms = model.losses(items, noise)
    assert terms["reconstruction"].item() == pytest.approx(entropy.sum(1).mean() / 2)
    assert terms["kl"].item() == pytest.approx(kl.mean() / 2)
    assert model.weights(0) == {"reconstruction": 1.0, "kl": 4.0}


def test_the_objective_of_2021_reconstructs_the_composed_image_alone():
    model, items = composing(trained="composed"), as_double(triplets())
    noise = noise_of(model)
    mean, logvar, _, entropy = published_parts(model, items, noise)
    kl = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum((1, 2))
    terms = model.losses(items, noise)
    assert terms["reconstruction"].item() == pytest.approx(entropy[:, 2].mean() / 2)
    assert terms["kl"].item() == pytest.approx(kl.mean() / 2)


def test_the_capacity_is_that_of_an_encoded_image():
    model, items = composing("annealed"), as_double(triplets())
    model.after_step(50_000)
    kl = composing("annealed").losses(items, noise_of(model))["kl"].item()
    wanted = 1.5 + (5 - 1.5) * 50_001 / 100_000
    assert model.losses(items, noise_of(model))["capacity"].item() == pytest.approx(abs(kl - wanted))


def test_a_factorvaes_discriminator_reads_all_codes_one_by_one():
    model, items = composing("factorvae"), as_double(triplets())
    noise = noise_of(model)
    _, _, codes, entropy = published_parts(model, items, noise)
    flat = codes.reshape(12, LATENT)
    terms = model.losses(items, noise)
    assert terms["reconstruction"].item() == pytest.approx(entropy.sum(1).mean() / 2)
    logits = model.discriminator(torch.from_numpy(flat)).detach().numpy()
    assert terms["total_correlation"].item() == pytest.approx((logits[:, 0] - logits[:, 1]).mean())
    permuted = np.take_along_axis(flat, noise["permutation"].numpy(), axis=0)
    assert noise["permutation"].shape == flat.shape
    other = model.discriminator(torch.from_numpy(permuted)).detach().numpy()
    entropies = np.logaddexp(*logits.T) - logits[:, 0], np.logaddexp(*other.T) - other[:, 1]
    found = model.losses(items, noise, "discriminator")["cross_entropy"].item()
    assert found == pytest.approx((entropies[0].mean() + entropies[1].mean()) / 2)


@pytest.mark.parametrize("n", [6, 5])
def test_a_factorvae_of_two_halves_has_equal_ones(n: int):
    """The discriminator compares B codes with B others, and the VAE learns from the first half of items."""
    model, items = composing("factorvae-half"), as_double(triplets(n=n))
    noise = noise_of(model, n)
    assert noise["permutation"].shape == (n, LATENT)
    seen: list[int] = []
    model.discriminator.register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    model.losses(items, noise, "discriminator")
    assert seen == [n, n]
    half = n // 2
    first = model.losses(items[:half], {"codes": noise["codes"][: 2 * half], "permutation": noise["codes"]})
    torch.testing.assert_close(model.losses(items, noise)["kl"], first["kl"])


def test_waes_compare_all_codes_with_draws_of_the_prior():
    """The unbiased MMD² by loops over pairs; the released one, of summed distances, by its formula."""
    items = as_double(triplets())
    scales = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    legacy = composing("wae-legacy")
    noise = noise_of(legacy)
    _, logvar, codes, _ = published_parts(legacy, items, noise)
    flat, prior = codes.reshape(12, LATENT), 2 * noise["prior"].numpy()

    def squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return ((a[:, None] - b) ** 2).sum(-1)

    def kernel(squared: Any) -> Any:
        return sum(LATENT * s / (LATENT * s + squared) for s in scales)

    within = [kernel(squares(one, one)[np.triu_indices(12, 1)].sum()) for one in (flat, prior)]
    terms = legacy.losses(items, noise)
    assert terms["mmd"].item() == pytest.approx(sum(within) / 2 - kernel(squares(flat, prior).sum()))
    assert terms["logvar"].item() == pytest.approx(np.abs(logvar).sum((1, 2)).mean() / 2)
    unbiased = composing("wae-legacy")
    unbiased.estimator = "unbiased"
    pairs = [(i, j) for i in range(12) for j in range(12) if i != j]
    first, second = (
        np.mean([kernel(((one[i] - one[j]) ** 2).sum()) for i, j in pairs]) for one in (flat, prior)
    )
    expected = first + second - 2 * kernel(squares(flat, prior)).mean()
    assert unbiased.losses(items, noise)["mmd"].item() == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["vae", *KINDS])
def test_gradients_are_those_of_finite_differences(kind: str):
    """Along a random direction of all parameters of each player; what is plain has no noise."""
    model, items = composing(kind, "interp", VECTOR), as_double(triplets(VECTOR))
    noise = noise_of(model)
    for player, parameters in model.player_parameters().items():
        directions = [torch.randn_like(one) for one in parameters]
        weights = model.weights(10)

        def loss(player: str = player, weights: dict[str, float] = weights) -> torch.Tensor:
            return sum(weights[term] * one for term, one in model.losses(items, noise, player).items())

        model.zero_grad()
        loss().backward()
        expected = sum((one.grad * d).sum() for one, d in zip(parameters, directions, strict=True)).item()

        def moved(by: float, parameters: Any = parameters, directions: Any = directions) -> None:
            with torch.no_grad():
                for one, d in zip(parameters, directions, strict=True):
                    one.add_(d, alpha=by)

        step, ends = 1e-6, []
        for by in (step, -2 * step):
            moved(by)
            ends.append(loss().item())
        moved(step)
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(expected, rel=2e-4, abs=1e-6), player


@pytest.mark.parametrize("trained", ["all", "composed"])
def test_the_composed_image_teaches_the_operator_the_decoder_and_both_codes(trained: str):
    model, items = composing(trained=trained), as_double(triplets())
    items.observations.requires_grad_()
    model.losses(items, noise_of(model))["reconstruction"].backward()
    assert all(one.grad.any() for one in model.operator.parameters())
    assert all(any(one.grad.any() for one in part.parameters()) for part in (model.encoder, model.decoder))
    assert items.observations.grad[:, :2].flatten(2).any(2).all()


@pytest.mark.parametrize("kind", ["vae", *KINDS])
def test_every_objective_learns_to_compose(kind: str):
    model, items = composing(kind, shape=VECTOR).float(), triplets(VECTOR)
    weights = model.weights(0)

    def total() -> float:
        with torch.no_grad():
            terms = model.losses(items, mapped(noise_of(model), torch.Tensor.float))
        return sum(weights[term] * one.item() for term, one in terms.items())

    state, before = TrainingState(model, adam(lr=2e-3), budget=40), total()
    for _ in range(40):
        state.step_batch(items)
    assert total() < before
    assert all(one.isfinite().all() for one in model.parameters())


def test_codes_without_chance_are_means_and_compose_gives_images():
    model, items = composing("vae", "fixint"), as_double(triplets())
    reference, command, _ = items.observations.unbind(1)
    composed = model.compose(reference, command, items.changed)
    codes = [model.encode(images) for images in (reference, command)]
    action = torch.nn.functional.pad(items.changed.double(), (0, 1))
    torch.testing.assert_close(composed, model.decode(codes[0] * (1 - action) + codes[1] * action))
    assert composed.shape == reference.shape
    assert 0 <= composed.min() <= composed.max() <= 1
    torch.testing.assert_close(model.encode_all(items.observations)["codes"], codes[0])


def test_a_model_without_an_operator_composes_nothing():
    with pytest.raises(Unsupported, match="vae composes no images: it was trained without an operator"):
        small_vae().compose(batch(), batch(), triplets().changed)


def test_vectors_of_tokens_are_composed_as_the_decoder_reads_them():
    latent = VectorQuantizedLatent(4, num_embeddings=8, embedding_size=3)
    model = VQVAE(*networks(latent, IMAGE), operator=InterpolationOperator(latent.decoder_dim, SIZES))
    items = triplets()
    assert model.compose(*items.observations[:, :2].unbind(1), items.changed).shape == (6, *IMAGE)
    model.losses(items)["reconstruction"].backward()
    assert model.operator.gate.weight.grad.any()


@pytest.mark.parametrize("kind", ["vae", "factorvae"])
def test_the_layers_of_a_model_that_composes_add_up(kind: str):
    model = composing(kind).float()
    rows = describe(model, IMAGE)
    assert sum(row.parameters for row in rows) == sum(one.numel() for one in model.parameters())
    assert [row.name for row in rows if row.name.startswith("operator")] == [
        "operator.of_reference",
        "operator.of_command",
    ]


def test_the_operator_can_be_frozen():
    model = composing().float()
    freeze(model, ["operator", "encoder"], 10)
    before = {name: one.clone() for name, one in model.named_parameters()}
    TrainingState(model, adam(), budget=1).step_batch(triplets())
    moved = {name.partition(".")[0] for name, one in model.named_parameters() if one.ne(before[name]).any()}
    assert moved == {"decoder"}


def test_fixint_needs_a_dimension_for_each_factor():
    with pytest.raises(CallError, match=r"each of the 3 factors a dimension .* 2: set --latent-dim to 3 or"):
        FixedInterpolationOperator(2, SIZES)


def test_an_operator_needs_data_with_factors():
    with pytest.raises(CallError, match="composition changes the factors of images, these data have none"):
        LinearOperator(4, ())


def test_an_unknown_operator_is_refused_with_those_there_are():
    parts = {"latent": {"_type": "gaussian"}, "encoder": {"_type": "linear"}, "decoder": {"_type": "linear"}}
    node = {"_type": "vae", **parts, "operator": "fixit"}
    with pytest.raises(CallError, match="unknown operator 'fixit'; did you mean fixint"):
        build("method", node, inferred={"latent_dim": 4, "factor_sizes": SIZES, "input_shape": VECTOR})
