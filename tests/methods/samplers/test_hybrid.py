"""Hybrid sampling: where each number of a new code comes from."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.methods.samplers import HybridSampler


def numbered(n: int = 50, latent_dim: int = 6) -> torch.Tensor:
    """Codes whose entries tell their row and their dimension: row + dimension / 10."""
    return torch.arange(n, dtype=torch.float32)[:, None] + torch.arange(latent_dim) / 10


def prepared(latent_dim: int = 6, **options) -> HybridSampler:
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
    rows = draw(prepared(), 50_000)
    counts = torch.stack([torch.bincount(column, minlength=50) for column in rows.T])
    assert (counts - 1000).abs().max() < 160  # 5 standard deviations of a binomial
    assert torch.corrcoef(rows.T.double()).fill_diagonal_(0).abs().max() < 0.03


def test_without_replacement_every_dimension_is_permuted():
    rows = draw(prepared(replacement=False), 50)
    assert torch.equal(rows.sort(dim=0).values, torch.arange(50)[:, None].expand(50, 6))
    assert not torch.equal(rows[:, 0], rows[:, 1])


def test_more_samples_than_codes_mix_the_same_codes_again():
    rows = draw(prepared(replacement=False), 120)
    assert set(torch.bincount(rows[:, 0]).tolist()) == {2, 3}
    assert not torch.equal(rows[:50], rows[50:100])


@pytest.mark.parametrize("replacement", [True, False])
def test_groups_move_as_blocks(replacement: bool):
    rows = draw(prepared(groups=3, replacement=replacement), 40).view(40, 3, 2)
    assert torch.equal(rows[..., 0], rows[..., 1])
    assert (rows[:, 0, 0] != rows[:, 1, 0]).any()


def test_draws_belong_to_their_generator():
    assert torch.equal(draw(prepared(), 9), draw(prepared(), 9))
    assert not torch.equal(draw(prepared(), 9), draw(prepared(), 9, seed=1))


def test_codes_are_copied_and_travel_with_the_checkpoint():
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


def test_without_codes_it_says_what_is_missing():
    with pytest.raises(Unsupported, match=r"sampler\.prepare"):
        HybridSampler(6).sample(3)


def test_groups_must_fit_the_latent():
    with pytest.raises(CallError, match="cannot cut 6 latent dimensions into 4"):
        HybridSampler(6, groups=4)
