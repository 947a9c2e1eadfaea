"""Discrete latents: exact values, straight-through gradients, terms from numpy, prior, traversal, usage."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.latents import discrete
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.discrete import (
    DiscreteLatent,
    GlobalQuantizedLatent,
    QuantizedLatent,
    VectorQuantizedLatent,
    perplexity,
    straight_through,
)

LATENTS = {
    "quantized": lambda: QuantizedLatent(3),
    "lists": lambda: QuantizedLatent(3, num_values=(4, 2, 7)),
    "global": lambda: GlobalQuantizedLatent(3, num_values=6),
    "vectors": lambda: VectorQuantizedLatent(3, num_embeddings=8, embedding_size=5),
}
every = pytest.mark.parametrize("kind", LATENTS)


def latent(kind: str) -> DiscreteLatent:
    """With values as they are after training."""
    torch.manual_seed(0)
    built = LATENTS[kind]()
    with torch.no_grad():
        built.values.add_(torch.randn(built.values.shape) / 9)
    return built


def features(like: DiscreteLatent, n: int = 40) -> torch.Tensor:
    return torch.randn(n, like.feature_dim, generator=torch.Generator().manual_seed(1))


def gathered(one: DiscreteLatent, z: torch.Tensor) -> np.ndarray:
    """The nearest entries by brute force in numpy, (N, feature_dim)."""
    blocks = z.numpy().reshape(len(z), 3, 1, -1)
    found = [
        one.codebook.for_dimension(d)
        .detach()
        .numpy()
        .reshape(one.sizes[d], -1)[  # (V, E)
            np.square(blocks[:, d] - one.codebook.for_dimension(d).detach().numpy().reshape(one.sizes[d], -1))
            .sum(-1)
            .argmin(-1)
        ]
        for d in range(3)
    ]
    return np.concatenate(found, axis=1)


@every
def test_what_is_decoded_is_the_nearest_entry_to_the_last_bit(kind: str):
    one = latent(kind)
    z = 100 * features(one, 5_000)  # where z + (q - z) is far from q
    for read in (
        one.sample_for_decoder(z),
        one.to_decoder(one.codes(z)),
        one.decode_indices(one.indices(one.codes(z))),
    ):
        np.testing.assert_array_equal(read.detach().numpy(), gathered(one, z))
    assert one.codes(z).shape == (5_000, 3)
    for d in range(3):
        assert len(one.codes(z)[:, d].unique()) <= one.sizes[d]


def test_the_published_way_to_pass_straight_through_would_have_leaked():
    one = latent("quantized")
    z = features(one, 10_000)
    q = one.codes(z)
    published = z + (q - z)
    assert len(published[:, 0].unique()) > 10
    assert len(straight_through(z, q)[:, 0].unique()) <= 10


@every
def test_the_gradient_passes_straight_through_to_the_features_only(kind: str):
    one = latent(kind)
    z = features(one).requires_grad_()
    upstream = torch.randn(z.shape, generator=torch.Generator().manual_seed(2))
    (one.sample_for_decoder(z) * upstream).sum().backward()
    assert torch.equal(z.grad, upstream)
    assert one.values.grad is None


@every
def test_the_terms_are_means_over_entries_and_move_one_side_each(kind: str):
    one = latent(kind)
    z = features(one).requires_grad_()
    terms = one.losses(z, one.sample_for_decoder(z))
    q = gathered(one, z.detach())
    distance = np.square(z.detach().numpy() - q).mean()
    assert {name: term.item() for name, term in terms.items()} == {
        "quantization": pytest.approx(distance, rel=1e-5),
        "commitment": pytest.approx(distance, rel=1e-5),
    }
    terms["commitment"].backward()
    assert one.values.grad is None
    np.testing.assert_allclose(z.grad, 2 * (z.detach().numpy() - q) / q.size, rtol=1e-4, atol=1e-8)
    before = z.grad.clone()
    terms["quantization"].backward()
    assert torch.equal(z.grad, before)


@every
def test_the_quantisation_loss_moves_values_as_finite_differences_say(kind: str):
    one = latent(kind).double()
    z = features(one).double()
    one.losses(z, z)["quantization"].backward()
    direction = torch.randn(one.values.shape, generator=torch.Generator().manual_seed(3)).double()
    sides = []
    for sign in (1, -1):
        with torch.no_grad():
            one.values.add_(sign * 1e-7 * direction)
            sides.append(one.losses(z, z)["quantization"].item())
            one.values.sub_(sign * 1e-7 * direction)
    slope = (sides[0] - sides[1]) / 2e-7
    assert (one.values.grad * direction).sum().item() == pytest.approx(slope, rel=1e-5)


@every
def test_indices_and_codes_are_two_names_of_the_same(kind: str):
    one = latent(kind)
    indices = one.sample_indices(200, torch.Generator().manual_seed(0))
    assert torch.equal(one.indices(one.codes_from_indices(indices)), indices)
    assert torch.equal(one.project(one.codes_from_indices(indices)), one.codes_from_indices(indices))


@every
def test_the_prior_is_uniform_over_each_codebook(kind: str):
    one = latent(kind)
    drawn = one.prior(30_000, torch.Generator().manual_seed(0)).detach()
    assert torch.equal(drawn, one.prior(30_000, torch.Generator().manual_seed(0)))
    for counts, size in zip(one.usage(drawn), one.sizes, strict=True):
        assert counts.sum() == 30_000
        assert (counts[:size] / 30_000 - 1 / size).abs().max() < 5 * (1 / size / 30_000) ** 0.5
        assert counts[size:].tolist() == [0] * (max(one.sizes) - size)


def test_the_prior_moves_the_values_that_it_drew():
    one = latent("quantized")
    drawn = one.prior(5, torch.Generator().manual_seed(0))
    drawn.sum().backward()
    assert one.values.grad.sum() == 15
    assert set(one.values.grad.view(3, 10).nonzero()[:, 0].tolist()) == {0, 1, 2}


@every
def test_usage_counts_the_values(kind: str):
    one = latent(kind)
    codes = one.codes(features(one, 300))
    indices = one.indices(codes).numpy()
    for d, counts in enumerate(one.usage(codes).numpy()):
        np.testing.assert_array_equal(counts, np.bincount(indices[:, d], minlength=max(one.sizes)))


def test_perplexity_is_that_of_scipy():
    from scipy.stats import entropy

    counts = torch.tensor([[3, 1, 0, 8], [2, 2, 2, 2], [7, 0, 0, 0]])
    np.testing.assert_allclose(perplexity(counts), np.exp(entropy(counts.numpy(), axis=1)))
    assert doctest.testmod(discrete).failed == 0


@every
def test_a_traversal_steps_through_the_values_in_use(kind: str):
    one = latent(kind)
    codes = one.codes(features(one, 300)).detach()
    values = one.traversal(codes)
    for d in range(3):
        assert torch.equal(values[d].unique(), codes[:, d].unique())
        assert torch.equal(values[d].sort().values, values[d])


def test_of_many_tokens_a_traversal_shows_some():
    codes = torch.arange(512.0)[:, None].expand(512, 2)
    values = VectorQuantizedLatent(2).traversal(codes)
    assert values.shape == (2, 16)
    assert (values[0, 0], values[0, -1]) == (0, 511)


def test_a_continuous_latent_runs_through_the_middle_of_its_codes():
    codes = torch.randn(1_000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    low, high = np.percentile(codes.numpy(), [2.5, 97.5], axis=0)
    np.testing.assert_allclose(PlainLatent(3).traversal(codes), np.linspace(low, high, 9).T)
    with pytest.raises(Unsupported, match="PlainLatent is continuous"):
        PlainLatent(3).indices(codes)


@every
def test_a_latent_declares_what_it_is(kind: str):
    one = latent(kind)
    assert (one.discrete, one.noise_dim, one.loss_names) == (True, 0, ("quantization", "commitment"))
    assert one.ordered == (kind != "vectors")
    assert one.decoder_dim == one.feature_dim == (15 if kind == "vectors" else 3)


@every
def test_values_travel_with_the_checkpoint(kind: str):
    one, other = latent(kind), LATENTS[kind]()
    other.load_state_dict(one.state_dict())
    z = features(one)
    assert torch.equal(one.codes(z), other.codes(z))


def test_values_may_be_kept_where_they_are():
    fixed = QuantizedLatent(3, optimize_values=False)
    z = features(fixed).requires_grad_()
    sum(fixed.losses(z, z).values()).backward()
    assert list(fixed.parameters()) == []
    assert torch.equal(fixed.values, QuantizedLatent(3).values)


def test_a_list_of_sizes_must_name_every_dimension():
    with pytest.raises(CallError, match="lists 2 codebooks, the latent has 3 dimensions"):
        QuantizedLatent(3, num_values=(4, 4))
