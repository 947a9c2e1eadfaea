"""Interpolation: where on the line between two stored codes a new one lies."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.latents.plain import PlainLatent
from disentcli.latents.quantized import QuantizedLatent
from disentcli.latents.vector_quantized import VectorQuantizedLatent
from disentcli.methods.samplers import InterpolationSampler

from ..models import small_ae, small_qlae, small_vqvae


def prepared(codes: torch.Tensor) -> InterpolationSampler:
    sampler = InterpolationSampler(codes.shape[1])
    sampler.check_compatible(PlainLatent(codes.shape[1]))
    sampler.prepare(codes)
    return sampler


def test_new_codes_lie_on_the_line_between_two_stored_ones_evenly_spread():
    ends = torch.tensor([[0.0, 0.0, 5.0], [1.0, 2.0, 5.0]])
    drawn = prepared(ends).sample(40_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn[:, 1], 2 * drawn[:, 0])
    assert (drawn[:, 2] == 5).all()
    between = drawn[(drawn[:, 0] > 0) & (drawn[:, 0] < 1), 0]
    assert len(between) / 40_000 == pytest.approx(0.5, abs=0.02)  # half of the pairs are twice the same
    torch.testing.assert_close(
        between.quantile(torch.tensor([0.25, 0.5, 0.75])), torch.tensor([0.25, 0.5, 0.75]), rtol=0, atol=0.02
    )


def test_draws_belong_to_their_generator():
    sampler = prepared(torch.randn(50, 4, generator=torch.Generator().manual_seed(1)))
    first, again, other = (sampler.sample(9, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_between_discrete_codes_are_only_their_values():
    model = small_qlae(sampler=InterpolationSampler(4))
    model.sampler.prepare(model.latent.prior(30, torch.Generator().manual_seed(0)))
    codes = model.sample_codes(200, torch.Generator().manual_seed(0))
    assert torch.equal(codes, model.latent.codes_from_indices(model.latent.indices(codes)))
    assert len(codes[:, 0].unique()) == 5


def test_stored_codes_travel_with_the_checkpoint_and_the_latent_does_not():
    model = small_ae(sampler=InterpolationSampler(4))
    model.sampler.prepare(torch.ones(3, 4))
    assert list(model.sampler.state_dict()) == ["codes"]
    fresh = small_ae(sampler=InterpolationSampler(4), seed=1)
    fresh.load_state_dict(model.state_dict())
    assert torch.equal(fresh.sampler.codes, torch.ones(3, 4))


def test_tokens_have_nothing_in_between():
    with pytest.raises(CallError, match="VectorQuantizedLatent are tokens; use `hybrid` or `codebook`"):
        small_vqvae(sampler=InterpolationSampler(4))
    InterpolationSampler(4).check_compatible(QuantizedLatent(4))
    assert not VectorQuantizedLatent(4).ordered


def test_without_codes_it_says_what_is_missing():
    with pytest.raises(Unsupported, match="interpolation has no codes of the training images yet"):
        InterpolationSampler(4).sample(3)
