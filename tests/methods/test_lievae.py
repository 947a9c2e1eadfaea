"""The commutative Lie group VAE: each term in numpy, gradients, what the decoder reads when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag, expm

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.latents.lie_group import LieGroupLatent
from disentcli.methods.lievae import LieGroupVAE, generator_commutation, generator_products
from disentcli.training.state import weighted_sum

from .models import VECTOR, batch, networks

SUBGROUPS = {"one": {"subgroup_sizes": (9,)}, "two": {"subgroup_sizes": (4, 9), "subgroup_dims": (1, 3)}}


def small(subgroups: str = "one", *, seed: int = 0, **options: Any) -> LieGroupVAE:
    """Four coordinates, with generators of some size."""
    torch.manual_seed(seed)
    latent = LieGroupLatent(4, **SUBGROUPS[subgroups])
    for generators in latent.generators:
        generators.data = torch.randn_like(generators) / 2
    return LieGroupVAE(*networks(latent, VECTOR), **options)


def blocks(model: LieGroupVAE) -> list[np.ndarray]:
    """All generators as blocks of one matrix."""
    parts = [generators.detach().numpy() for generators in model.latent.generators]
    zeros = [np.zeros(part.shape[1:]) for part in parts]
    return [
        block_diag(*(a if k == n else z for n, z in enumerate(zeros))) for k, p in enumerate(parts) for a in p
    ]


@pytest.mark.parametrize("subgroups", SUBGROUPS)
def test_terms_of_the_generators_are_means_over_all_pairs(subgroups: str):
    model = small(subgroups).double()
    generators, matrices = list(model.latent.generators), blocks(model)
    pairs = [(a, b, i == j) for i, a in enumerate(matrices) for j, b in enumerate(matrices)]
    expected = sum(((a @ b) ** 2).sum() for a, b, same in pairs if not same) / 16
    assert generator_products(generators).item() == pytest.approx(expected)
    transposed = sum(((a @ b - (a @ b).T) ** 2).sum() for a, b, _ in pairs) / 16
    assert generator_commutation(generators, "transpose").item() == pytest.approx(transposed)
    commutators = sum(((a @ b - b @ a) ** 2).sum() for a, b, _ in pairs) / 16
    assert generator_commutation(generators, "commutator").item() == pytest.approx(commutators)


def test_the_two_forms_of_commutation_agree_for_symmetric_generators_only():
    generators = torch.randn(4, 3, 3, dtype=torch.float64)
    symmetric = generators + generators.mT
    published, true = (generator_commutation([symmetric], form) for form in ("transpose", "commutator"))
    torch.testing.assert_close(published, true)
    rotation = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    commuting = [torch.stack([rotation, torch.eye(2)])]
    assert generator_commutation(commuting, "commutator") == 0
    assert generator_commutation(commuting, "transpose") > 0


@pytest.mark.parametrize("subgroups", SUBGROUPS)
def test_losses_are_those_of_the_equation_in_numpy(subgroups: str):
    model = small(subgroups, reg_wt=3.0, capacity=2.0, first_capacity=1.5, commutation_wt=0.5).double()
    x = batch(VECTOR).double()
    noise = {"codes": torch.randn(6, 4).double(), "forward": torch.tensor([0.9]).double()}
    found = {name: term.item() for name, term in model.losses(x, noise).items()}
    features = model.encoder(x)
    mean, logvar = (part.detach().numpy() for part in model.latent.distribution_params(features))
    t = mean + np.exp(logvar / 2) * noise["codes"].numpy()
    matrices = [expm(sum(c * a for c, a in zip(row, blocks(model), strict=True))) for row in t]
    sizes = [a.shape[1] for a in model.latent.generators]
    starts = np.cumsum([0, *sizes[:-1]])
    group = np.array(
        [
            np.concatenate([m[s : s + d, s : s + d].ravel() for s, d in zip(starts, sizes, strict=True)])
            for m in matrices
        ]
    )
    kl = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum() / 6
    outputs = model.decoder(torch.from_numpy(group)).detach().numpy()
    expected = {
        "reconstruction": ((outputs - x.numpy()) ** 2).sum() / 6,
        "kl": kl,
        "capacity": abs(kl - 1.5),
        "group_reconstruction": ((features.detach().numpy() - group) ** 2).sum(1).mean(),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    total = (
        expected["reconstruction"] + 3 * expected["capacity"] + 0.1 * expected["group_reconstruction"]
        + 40 * found["generator_products"] + 0.5 * found["generator_commutation"]
    )  # fmt: skip
    assert weighted_sum(model.losses(x, noise), model.weights(0)).item() == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("forward", [0.1, 0.9])
def test_gradients_are_those_of_finite_differences(forward: float):
    model, x = small("two", commutation_wt=0.5).double(), batch(VECTOR).double()
    noise = {"codes": torch.randn(6, 4).double(), "forward": torch.tensor([forward]).double()}
    names = [name for name, _ in model.named_parameters()]
    inputs = [one.detach().clone().requires_grad_() for one in model.parameters()]

    def total(*values: torch.Tensor) -> torch.Tensor:
        terms = torch.func.functional_call(model, dict(zip(names, values, strict=True)), (x, noise))
        return weighted_sum(terms, model.weights(0))

    assert torch.autograd.gradcheck(total, inputs, atol=1e-4, fast_mode=True)


def test_the_decoder_reads_the_encoder_s_matrices_as_often_as_it_is_told():
    model, x = small(), batch(VECTOR)
    features = model.encoder(x)
    encoded = model.decoder.loss(model.decoder(features), x)
    exponential = model.decoder.loss(model.decoder(model.latent.sample_for_decoder(features)), x)
    for drawn, expected in ((0.19, encoded), (0.21, exponential), (None, exponential)):
        noise = None if drawn is None else {"forward": torch.tensor([drawn])}
        torch.testing.assert_close(model.losses(x, noise)["reconstruction"], expected)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.cat([model.noise(1, generator)["forward"] for _ in range(2_000)])
    assert (drawn < model.prob_forward).float().mean().item() == pytest.approx(0.2, abs=0.03)


def test_validation_and_codes_are_of_the_exponential():
    model, x = small(), batch(VECTOR)
    assert "forward" not in model.evaluation_noise(6, None)
    codes = model.encode(x)
    assert codes.shape == (6, 4)
    torch.testing.assert_close(
        model.reconstruct(x), model.decoder.mean(model.decoder(model.latent.to_decoder(codes)))
    )


def test_the_published_representation_is_there_beside_the_coordinates():
    model, x = small(), batch(VECTOR)
    assert model.resolve_representation(None) == "codes"
    assert torch.equal(model.encode_as(x, "group"), model.latent.to_decoder(model.encode(x)))
    assert {name: codes.shape[1] for name, codes in model.encode_all(x).items()} == {"codes": 4, "group": 9}
    with pytest.raises(CallError, match="group"):
        model.resolve_representation("groups")


def test_models_of_one_shape_are_stacked_and_compiled():
    torch.compiler.reset()
    models, x = [small(seed=seed) for seed in (0, 1)], batch(VECTOR)
    noise = models[0].noise(6, torch.Generator().manual_seed(0))
    parameters, buffers = torch.func.stack_module_state(models)
    along = (0, 0, None, None)

    def losses(p: dict, b: dict, x: torch.Tensor, noise: Any) -> Any:
        return torch.func.functional_call(models[0], (p, b), (x, noise))

    stacked = torch.vmap(losses, in_dims=along)(parameters, buffers, x, noise)
    for index, model in enumerate(models):
        for name, term in model.losses(x, noise).items():
            torch.testing.assert_close(stacked[name][index], term, rtol=1e-4, atol=1e-4)
    compiled = torch.compile(models[0], backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise), models[0].losses(x, noise))


def test_what_cannot_be_is_refused():
    with pytest.raises(CallError, match="use `lie-group`"):
        LieGroupVAE(*networks(GaussianLatent(4), VECTOR))
    with pytest.raises(CallError, match="prob-forward is a probability"):
        small(prob_forward=1.5)
