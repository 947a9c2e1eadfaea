"""The codebook sampler: the values as they are now, each as likely as the next."""

from __future__ import annotations

import copy

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.methods.samplers import CodebookSampler

from ..models import small_ae, small_qlae, small_vqvae


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
