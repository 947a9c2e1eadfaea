"""Coordinates of a matrix group: exponentials against scipy, heads, subgroups, what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag, expm

from disentcli.errors import CallError
from disentcli.latents.lie_group import LieGroupLatent


def latent(**options: object) -> LieGroupLatent:
    """Four coordinates, with generators of size 1."""
    torch.manual_seed(0)
    made = LieGroupLatent(4, **{"subgroup_sizes": (9,), **options}).double()
    for generators in made.generators:
        generators.data = torch.randn_like(generators) / 2
    return made


def test_the_decoder_reads_the_exponential_of_the_sum_of_generators():
    one = latent()
    codes = torch.randn(6, 4, dtype=torch.float64)
    generators = one.generators[0].detach().numpy()
    expected = [
        expm(sum(t * a for t, a in zip(row, generators, strict=True))).ravel() for row in codes.numpy()
    ]
    np.testing.assert_allclose(one.to_decoder(codes).detach(), expected, rtol=1e-10)


def test_at_0_the_decoder_reads_the_identity():
    np.testing.assert_array_equal(
        latent().to_decoder(torch.zeros(1, 4).double())[0].detach(), np.eye(3).ravel()
    )


def test_subgroups_are_blocks_of_one_matrix():
    one = latent(subgroup_sizes=(4, 9), subgroup_dims=(1, 3))
    codes = torch.randn(2, 4, dtype=torch.float64)
    first, second = (generators.detach().numpy() for generators in one.generators)
    full = [block_diag(first[0], np.zeros((3, 3))), *(block_diag(np.zeros((2, 2)), a) for a in second)]
    for row, found in zip(codes.numpy(), one.to_decoder(codes).detach().numpy(), strict=True):
        whole = expm(sum(t * a for t, a in zip(row, full, strict=True)))
        np.testing.assert_allclose(found, [*whole[:2, :2].ravel(), *whole[2:, 2:].ravel()], rtol=1e-10)


def test_commuting_generators_make_it_a_product():
    one = latent()
    one.generators[0].data = torch.stack([torch.diag(torch.randn(3).double()) for _ in range(4)])
    a, b = torch.randn(2, 1, 4, dtype=torch.float64)
    product = one.to_decoder(a).view(3, 3) @ one.to_decoder(b).view(3, 3)
    torch.testing.assert_close(one.to_decoder(a + b).view(3, 3), product)


def test_the_gradient_of_the_exponential_is_that_of_finite_differences():
    one = latent(subgroup_sizes=(4, 4))
    codes = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)

    def group(codes: torch.Tensor, *generators: torch.Tensor) -> torch.Tensor:
        named = {f"generators.{k}": value for k, value in enumerate(generators)}
        return torch.func.functional_call(
            _ToDecoder(one), {f"latent.{k}": v for k, v in named.items()}, codes
        )

    assert torch.autograd.gradcheck(group, (codes, *one.generators))


class _ToDecoder(torch.nn.Module):
    """A latent whose forward is `to_decoder`: that is what `functional_call` calls."""

    def __init__(self, latent: LieGroupLatent) -> None:
        super().__init__()
        self.latent = latent

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        return self.latent.to_decoder(codes)


def test_codes_are_the_means_and_drawn_ones_lie_about_them():
    one, noise = latent(), torch.randn(5, 4, dtype=torch.float64)
    features = torch.randn(5, 9, dtype=torch.float64)
    mean, logvar = one.distribution_params(features)
    weights = [layer for layer in one.means[0] if isinstance(layer, torch.nn.Linear)]
    hidden = torch.relu(features @ weights[0].weight.T + weights[0].bias)
    torch.testing.assert_close(mean, hidden @ weights[1].weight.T + weights[1].bias)
    assert torch.equal(one.codes(features), mean)
    torch.testing.assert_close(one.draw_codes(features, noise), mean + logvar.exp().sqrt() * noise)
    assert torch.equal(
        one.sample_for_decoder(features, noise), one.to_decoder(one.draw_codes(features, noise))
    )


def test_generators_begin_near_0():
    torch.manual_seed(0)
    generators = LieGroupLatent(10).generators[0]
    assert generators.shape == (10, 10, 10)
    assert generators.std().item() == pytest.approx(0.001, rel=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subgroup_sizes": (10,)}, "square matrices"),
        ({"subgroup_sizes": (9, 9, 9)}, "multiple"),
        ({"subgroup_sizes": (9, 9), "subgroup_dims": (1, 2)}, r"together latent-dim \(4\)"),
        ({"subgroup_dims": (2, 2)}, "each of 1 subgroups"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, object], message: str):
    with pytest.raises(CallError, match=message):
        latent(**options)
