"""Pairs of codes of regions: by numpy and scipy; optimal transport maps; the floor of regression."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import Tensor, nn

from disentcli.data.entities import Entities
from disentcli.data.relations import Relations
from disentcli.errors import CallError
from disentcli.latents.region_priors import FittedRegions
from disentcli.methods.relation_learners import RelationLearner, mlp_relations, residual_relations
from disentcli.methods.relational_batches import Pairing, RelationalBatches, transport_maps

DIGITS = Entities({"digit": 4}, ["digit"], [4])
TURN = {"next": {"factor": "digit", "step": 1}, "last": {"factor": "digit", "step": 3, "boundary": "clamp"}}
SUM = {"add": {"operation": "add", "modulo": 3, "operator": 3}}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def regions() -> FittedRegions:
    """Four regions of two dimensions with full covariances, far from each other."""
    prior = FittedRegions(2, 4)
    prior.means.copy_(3 * torch.tensor([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]))
    factors = torch.randn(4, 2, 2, generator=generator(6)).tril()
    factors.diagonal(dim1=1, dim2=2).abs_().add_(0.2)
    prior.cholesky.copy_(0.3 * factors)
    return prior


def batches(
    spec: dict = TURN, size: int = 8, pairing: Pairing = "independent"
) -> tuple[RelationalBatches, FittedRegions]:
    made = RelationalBatches(Relations.from_config(spec, DIGITS), 2, size=size, pairing=pairing)
    prior = regions()
    made.fit(prior)
    return made, prior


def covariances(prior: FittedRegions) -> np.ndarray:
    factors = prior.cholesky.double().numpy()
    return factors @ factors.transpose(0, 2, 1)


def test_a_batch_is_samples_of_source_and_target() -> None:
    made, prior = batches()
    noise = made.noise(generator(), None)
    found = made.draw(prior, **noise)
    assert found.inputs.shape == (16, 1, 2)
    assert found.relations.tolist() == [0] * 8 + [1] * 8
    means, factors = prior.means.numpy(), prior.cholesky.numpy()
    tables = ([1, 2, 3, 0], [3, 3, 3, 3])
    for row in range(16):
        relation, place = divmod(row, 8)
        source = int(noise["cases"][relation, place] * 4)
        target = tables[relation][source]
        first, second = noise["offsets"][relation, place].numpy()
        np.testing.assert_allclose(found.inputs[row, 0], means[source] + factors[source] @ first, rtol=1e-5)
        np.testing.assert_allclose(found.targets[row], means[target] + factors[target] @ second, rtol=1e-5)


def test_a_binary_relation_has_both_operands_and_the_operator_as_inputs() -> None:
    made, prior = batches(SUM, size=900)
    prior.cholesky.mul_(1e-6)
    found = made.draw(prior, **made.noise(generator(), None))
    of = torch.cdist(found.inputs, prior.means).argmin(2)
    target = torch.cdist(found.targets, prior.means).argmin(1)
    assert (of[:, 2] == 3).all()
    assert (target == (of[:, 0] + of[:, 1]) % 3).all()
    counts = torch.bincount(3 * of[:, 0] + of[:, 1])
    assert counts.tolist() == pytest.approx([100] * 9, abs=35)  # each pair as likely as any other


def test_only_cases_for_which_a_relation_is_defined_are_drawn() -> None:
    spec = {"up": {"factor": "digit", "step": 2, "boundary": "undefined"}, **TURN}
    made, prior = batches(spec, size=200)
    prior.cholesky.mul_(1e-6)
    found = made.draw(prior, **made.noise(generator(), None))
    of = torch.cdist(found.inputs[:200, 0], prior.means).argmin(1)
    assert set(of.tolist()) == {0, 1}


def test_relations_of_one_and_of_two_entities_do_not_mix() -> None:
    with pytest.raises(CallError, match="all unary or all binary"):
        batches({**TURN, **SUM})


def test_transport_maps_are_those_of_scipy_and_give_the_targets_covariance() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(2, 5, 3, 3))
    sources, targets = factors @ factors.transpose(0, 1, 3, 2)
    maps = transport_maps(torch.from_numpy(sources), torch.from_numpy(targets)).numpy()
    for source, target, found in zip(sources, targets, maps, strict=True):
        root = np.real(sqrtm(source))
        inverse = np.linalg.inv(root)
        np.testing.assert_allclose(found, inverse @ np.real(sqrtm(root @ target @ root)) @ inverse, rtol=1e-6)
        np.testing.assert_allclose(found @ source @ found.T, target, rtol=1e-8, atol=1e-10)
        assert np.linalg.eigvalsh(found).min() > 0  # the gradient of a convex function, so optimal


def test_transported_pairs_are_an_affine_map_of_each_region_onto_the_target() -> None:
    made, prior = batches(size=400, pairing="transport")
    noise = made.noise(generator(), None)
    found = made.draw(prior, **noise)
    of = (noise["cases"][0] * 4).long()
    sigma = covariances(prior)
    for source, target in ((0, 1), (1, 2), (2, 3), (3, 0)):
        rows = torch.nonzero(of == source)[:, 0]
        root = np.real(sqrtm(sigma[source]))
        inverse = np.linalg.inv(root)
        transport = inverse @ np.real(sqrtm(root @ sigma[target] @ root)) @ inverse
        offsets = (found.inputs[rows, 0] - prior.means[source]).double().numpy()
        expected = prior.means[target].numpy() + offsets @ transport.T
        np.testing.assert_allclose(found.targets[rows], expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(transport @ sigma[source] @ transport.T, sigma[target], rtol=1e-8)
    assert made.floor.item() == 0


def floor_of(prior: FittedRegions) -> float:
    trace = np.trace(covariances(prior), axis1=1, axis2=2) / 2
    return float(np.mean([trace[[1, 2, 3, 0]].mean(), trace[3]]))


def test_the_floor_is_the_mean_variance_of_the_targets() -> None:
    made, prior = batches()
    assert made.floor.item() == pytest.approx(floor_of(prior), rel=1e-6)


def learned(learner: RelationLearner, made: RelationalBatches, prior: FittedRegions) -> Tensor:
    """The learner after 500 steps, and its mean squared error on 40,000 pairs."""
    optimizer = torch.optim.Adam(learner.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 500)
    seeded = generator(1)
    for _ in range(500):
        batch = made.draw(prior, **made.noise(seeded, None))
        loss = nn.functional.mse_loss(learner(batch.inputs, batch.relations), batch.targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    made.size = 20_000
    batch = made.draw(prior, **made.noise(generator(2), None))
    with torch.no_grad():
        return nn.functional.mse_loss(learner(batch.inputs, batch.relations), batch.targets)


def test_a_learner_of_independent_pairs_reaches_the_floor_and_not_less() -> None:
    torch.manual_seed(0)
    made, prior = batches(size=128)
    error = learned(mlp_relations(hidden=(64,))(2, 1, 2), made, prior).item()
    assert 0.98 * floor_of(prior) < error < 1.05 * floor_of(prior)


def test_a_learner_of_transported_pairs_comes_far_below_it_and_keeps_what_varies_in_a_region() -> None:
    torch.manual_seed(0)
    made, prior = batches(size=64, pairing="transport")
    learner = residual_relations(hidden=(64,))(2, 1, 2)
    assert learned(learner, made, prior).item() < 0.4 * floor_of(prior)
    codes = prior.sample(2_000, generator(3), torch.zeros(2_000, dtype=torch.int64))
    with torch.no_grad():
        moved = learner(codes[:, None], torch.zeros(2_000, dtype=torch.int64))
    np.testing.assert_allclose(np.cov(moved.numpy().T), covariances(prior)[1], atol=0.1)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("latent", "inputs", "relations", "parameters"),
    [(8, 1, 5, 3_171_336), (16, 1, 5, 3_187_728), (8, 3, 3, 3_182_600)],
)
def test_learners_have_as_many_parameters_as_published(
    latent: int, inputs: int, relations: int, parameters: int
) -> None:
    """Those of dSprites and 3D-Shapes, for the inputs that the published code feeds them; those of HWF."""
    assert count(mlp_relations()(latent, inputs, relations)) == parameters
    assert count(residual_relations()(latent, inputs, relations)) == parameters


def test_a_residual_learner_adds_the_first_code() -> None:
    torch.manual_seed(0)
    plain = mlp_relations(hidden=(5,))(2, 3, 2)
    residual = residual_relations(hidden=(5,))(2, 3, 2)
    residual.load_state_dict(plain.state_dict())
    codes, relations = torch.randn(4, 3, 2, generator=generator()), torch.tensor([0, 1, 0, 1])
    torch.testing.assert_close(residual(codes, relations), codes[:, 0] + plain(codes, relations))
