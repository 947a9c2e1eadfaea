"""Samplers: hybrids of stored codes, interpolations between them, draws from codebooks."""

from __future__ import annotations

import copy

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.discrete import QuantizedLatent, VectorQuantizedLatent
from disentcli.methods.samplers import CodebookSampler, HybridSampler, InterpolationSampler

from .models import small_ae, small_qlae, small_vqvae


def numbered(n: int = 50, latent_dim: int = 6) -> torch.Tensor:
    """Codes whose entries tell their row and their dimension: row + dimension / 10."""
    return torch.arange(n, dtype=torch.float32)[:, None] + torch.arange(latent_dim) / 10


def hybrid(latent_dim: int = 6, **options) -> HybridSampler:
    sampler = HybridSampler(latent_dim, **options)
    sampler.prepare(numbered(latent_dim=latent_dim))
    return sampler


def sources(samples: torch.Tensor) -> torch.Tensor:
    """The rows that the entries come from; refuses entries that moved to another dimension."""
    rows = samples.floor()
    torch.testing.assert_close(samples - rows, (torch.arange(6) / 10).expand_as(samples), rtol=0, atol=1e-4)
    return rows.long()


def draw(sampler: HybridSampler, n: int, seed: int = 0) -> torch.Tensor:
    return sources(sampler.sample(n, torch.Generator().manual_seed(seed)))


def test_every_dimension_is_drawn_by_itself_and_uniformly():
    rows = draw(hybrid(), 50_000)
    counts = torch.stack([torch.bincount(column, minlength=50) for column in rows.T])
    assert (counts - 1000).abs().max() < 160  # 5 standard deviations of a binomial
    assert torch.corrcoef(rows.T.double()).fill_diagonal_(0).abs().max() < 0.03


def test_without_replacement_every_dimension_is_permuted():
    rows = draw(hybrid(replacement=False), 50)
    assert torch.equal(rows.sort(dim=0).values, torch.arange(50)[:, None].expand(50, 6))
    assert not torch.equal(rows[:, 0], rows[:, 1])


def test_more_samples_than_codes_mix_the_same_codes_again():
    rows = draw(hybrid(replacement=False), 120)
    assert set(torch.bincount(rows[:, 0]).tolist()) == {2, 3}
    assert not torch.equal(rows[:50], rows[50:100])


@pytest.mark.parametrize("replacement", [True, False])
def test_groups_move_as_blocks(replacement: bool):
    rows = draw(hybrid(groups=3, replacement=replacement), 40).view(40, 3, 2)
    assert torch.equal(rows[..., 0], rows[..., 1])
    assert (rows[:, 0, 0] != rows[:, 1, 0]).any()


def test_hybrid_draws_belong_to_their_generator():
    assert torch.equal(draw(hybrid(), 9), draw(hybrid(), 9))
    assert not torch.equal(draw(hybrid(), 9), draw(hybrid(), 9, seed=1))


def test_stored_codes_are_copied_and_travel_with_the_checkpoint():
    codes = numbered()
    sampler = HybridSampler(6)
    sampler.prepare(codes)
    codes.zero_()
    assert torch.equal(sampler.codes, numbered())
    fresh = HybridSampler(6)
    fresh.load_state_dict(sampler.state_dict())
    assert torch.equal(fresh.codes, numbered())
    fresh.prepare(numbered(7))
    assert torch.equal(fresh.codes, numbered(7))
    assert torch.equal(sampler.codes, numbered())


def test_codes_of_another_latent_are_not_loaded():
    with pytest.raises(RuntimeError, match="size mismatch"):
        HybridSampler(6).load_state_dict(HybridSampler(4).state_dict())


def test_hybrid_says_which_codes_are_missing():
    with pytest.raises(Unsupported, match=r"sampler\.prepare"):
        HybridSampler(6).sample(3)


def test_groups_must_fit_the_latent():
    with pytest.raises(CallError, match="cannot cut 6 latent dimensions into 4"):
        HybridSampler(6, groups=4)


def interpolation(codes: torch.Tensor) -> InterpolationSampler:
    sampler = InterpolationSampler(codes.shape[1])
    sampler.check_compatible(PlainLatent(codes.shape[1]))
    sampler.prepare(codes)
    return sampler


def test_new_codes_lie_on_the_line_between_two_stored_ones_evenly_spread():
    ends = torch.tensor([[0.0, 0.0, 5.0], [1.0, 2.0, 5.0]])
    drawn = interpolation(ends).sample(40_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn[:, 1], 2 * drawn[:, 0])
    assert (drawn[:, 2] == 5).all()
    between = drawn[(drawn[:, 0] > 0) & (drawn[:, 0] < 1), 0]
    assert len(between) / 40_000 == pytest.approx(0.5, abs=0.02)  # half of the pairs are twice the same
    torch.testing.assert_close(
        between.quantile(torch.tensor([0.25, 0.5, 0.75])), torch.tensor([0.25, 0.5, 0.75]), rtol=0, atol=0.02
    )


def test_interpolations_belong_to_their_generator():
    sampler = interpolation(torch.randn(50, 4, generator=torch.Generator().manual_seed(1)))
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


def test_interpolation_says_which_codes_are_missing():
    with pytest.raises(Unsupported, match="interpolation has no codes of the training images yet"):
        InterpolationSampler(4).sample(3)


@pytest.mark.parametrize("build", [small_qlae, small_vqvae])
def test_every_value_of_every_dimension_is_drawn_as_often(build):
    model = build(sampler=CodebookSampler(4))
    usage = model.latent.usage(model.sample_codes(20_000, torch.Generator().manual_seed(0)))
    size = model.latent.sizes[0]
    assert usage.shape == (4, size)
    assert (usage / 20_000 - 1 / size).abs().max() < 5 * (1 / size / 20_000) ** 0.5


def test_values_are_those_of_the_moment_also_in_a_copy():
    model = copy.deepcopy(small_qlae(sampler=CodebookSampler(4)))
    with torch.no_grad():
        model.latent.values.fill_(7.0)
    assert (model.sample_codes(5, torch.Generator()) == 7).all()
    assert not model.sampler.needs_codes
    assert list(model.sampler.state_dict()) == []


def test_codes_are_drawn_where_the_codebooks_are():
    model = small_qlae(sampler=CodebookSampler(4))
    model.latent.to("meta")  # stands for any other device
    assert model.sampler.sample(5, torch.Generator()).device.type == "meta"


def test_a_latent_without_codebooks_is_refused():
    with pytest.raises(CallError, match="PlainLatent has none; leave it out, or stack `hybrid`"):
        small_ae(sampler=CodebookSampler(4))
    with pytest.raises(Unsupported, match="no latent to draw from"):
        CodebookSampler(4).sample(3)
