"""AbsAE: its losses in numpy, the published loop in plain PyTorch, label policies, stages, fits to labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor, nn

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.data.labelled_items import LabelledItems
from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.latents.priors import GaussianPrior
from disentcli.methods.absae import AbsAE
from disentcli.methods.ae import AE
from disentcli.methods.relation_learners import mlp_relations
from disentcli.methods.sdim import SDIM
from disentcli.methods.supervision import LabelledBatch
from disentcli.training.optim import GradientClipping, adam
from disentcli.training.state import TrainingState

from ..configs import sheets
from ..training.test_no_wait import watched
from .models import VECTOR, networks

DIM = 4
ENTITIES = {"shape": 2, "x": [[0, 1], [3]]}  # class 2 of x is of no entity
USUAL: dict[str, Any] = {
    "factor_names": ("shape", "size", "x"),
    "factor_sizes": (2, 5, 4),
    "entities": ENTITIES,
    "relation_learner": mlp_relations(hidden=(6,)),
    "discriminator_hidden": (7,),
    "relation_batch": 5,
    "warm_up_steps": 3,
}


def model(seed: int = 0, **options: Any) -> AbsAE:
    torch.manual_seed(seed)
    return AbsAE(*networks(PlainLatent(DIM), VECTOR), **{**USUAL, **options})


def images(n: int = 6, seed: int = 1) -> Tensor:
    return torch.randn(n, *VECTOR, generator=torch.Generator().manual_seed(seed))


def labelled(n: int = 60) -> LabelledBatch:
    generator = torch.Generator().manual_seed(2)
    factors = torch.stack([torch.randint(size, (n,), generator=generator) for size in (2, 5, 4)], dim=1)
    return LabelledBatch(images(n), factors)


def with_factors(batch: LabelledBatch) -> LabelledItems:
    return LabelledItems(
        batch.observations, batch.factors[:, None], torch.zeros(len(batch.factors), 3, dtype=torch.bool)
    )


def fitted(**options: Any) -> AbsAE:
    made = model(**options)
    with torch.no_grad():
        made.eval().fit_labels([labelled()])
    return made.train()


def noise(of: AbsAE, n: int = 6, seed: int = 3) -> dict[str, Tensor]:
    return of.noise(n, torch.Generator().manual_seed(seed))


def softplus(x: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def test_reconstruction_is_weighed_as_a_mean_over_the_numbers_of_an_image() -> None:
    of, x = model(), images()
    codes = of.encode(x)
    term = of.losses(x)["reconstruction"].item() * of.weights(0)["reconstruction"]
    expected = np.square(of.decoder(codes).detach().numpy() - x.numpy()).mean()
    assert term == pytest.approx(expected, rel=1e-5)
    pictures = AbsAE(*networks(PlainLatent(DIM), (1, 32, 32)), **USUAL)
    x = torch.rand(3, 1, 32, 32)
    logits = pictures.decoder(pictures.encode(x)).detach().numpy()
    term = pictures.losses(x)["reconstruction"].item() * pictures.weights(0)["reconstruction"]
    x = x.numpy()
    assert term == pytest.approx((softplus(logits) - x * logits).mean(), rel=1e-5)


@pytest.mark.parametrize("of", [model(), fitted()], ids=["warm-up", "relational"])
def test_the_game_is_between_codes_and_samples_of_the_prior_of_the_stage(of: AbsAE) -> None:
    x, drawn = images(), noise(of)
    logits = of.discriminator(of.encode(x)).detach().numpy()
    found = of.losses(x, drawn, "generator")["adversarial"].item()
    assert found == pytest.approx(softplus(-logits).mean(), rel=1e-5)
    samples = of.prior.from_noise(drawn["regions"]) if of.is_fitted else 2 * drawn["warm_up"] - 1
    others = of.discriminator(samples).detach().numpy()
    found = of.losses(x, drawn, "discriminator")["cross_entropy"].item()
    assert found == pytest.approx(0.5 * (softplus(logits).mean() + softplus(-others).mean()), rel=1e-5)


def test_relations_are_learned_by_the_mean_squared_error_over_all_of_them() -> None:
    of = fitted()
    batch = of.relational_batches.draw(of.prior, *(noise(of)[kind] for kind in ("cases", "offsets")))
    one_hot = np.eye(2)[batch.relations.numpy()]
    read = torch.from_numpy(np.concatenate([batch.inputs[:, 0].numpy(), one_hot], axis=1)).float()
    predictions = of.relation_learner.layers(read).detach()
    per_relation = (predictions - batch.targets).square().unflatten(0, (2, 5)).mean((1, 2))
    terms = of.losses(images(), noise(of), "relations")
    assert terms["relation"].item() == pytest.approx(per_relation.mean().item(), rel=1e-5)
    assert terms["floor"].item() == of.relational_batches.floor.item() > 0
    torch.testing.assert_close(of.apply_relation(batch.inputs[:5, 0], 0), predictions[:5])


class Published:
    """The loop of the published code in plain PyTorch: a player after the other, four optimisers."""

    def __init__(self, of: AbsAE) -> None:
        self.of = of
        parts = {"encoder": of.encoder, "decoder": of.decoder, "critic": of.discriminator}
        parts["relations"] = of.relation_learner
        self.adam = {name: torch.optim.Adam(part.parameters(), lr=1e-2) for name, part in parts.items()}

    def update(self, loss: Tensor, *names: str) -> None:
        self.of.zero_grad()
        loss.backward()
        for name in names:
            self.adam[name].step()

    def logits(self, codes: Tensor) -> Tensor:
        """The discriminator's, with labels that are wiped."""
        return self.of.discriminator(torch.cat([torch.zeros(len(codes), self.of.entities.count), codes], 1))

    def step(self, x: Tensor, drawn: dict[str, Tensor], relational: bool) -> None:
        of = self.of
        bce = nn.functional.binary_cross_entropy_with_logits
        ones, zeros = torch.ones(len(x), 1), torch.zeros(len(x), 1)
        self.update(nn.functional.mse_loss(of.decoder(of.encoder(x)), x), "encoder", "decoder")
        if relational:
            batch = of.relational_batches.draw(of.prior, drawn["cases"], drawn["offsets"])
            found = of.relation_learner(batch.inputs, batch.relations)
            self.update(nn.functional.mse_loss(found, batch.targets), "relations")
        self.update(0.2 * bce(self.logits(of.encoder(x)), ones), "encoder")
        if relational:  # argmax of a row of zeros: always the first region
            samples = of.prior.means[0] + drawn["regions"][:, :-1] @ of.prior.cholesky[0].T
        else:
            samples = 2 * drawn["warm_up"] - 1
        codes = of.encoder(x).detach()
        loss = 0.5 * bce(self.logits(codes), zeros) + 0.5 * bce(self.logits(samples), ones)
        self.update(0.2 * loss, "critic")


@pytest.mark.parametrize("relational", [False, True], ids=["warm-up", "relational"])
def test_steps_are_those_of_the_published_loop(relational: bool) -> None:
    options = {"label_policy": "first", "zero_labels": True, "warm_up_steps": 0 if relational else 3}
    ours, theirs = ((fitted if relational else model)(**options) for _ in range(2))
    state, published = TrainingState(ours, adam(lr=1e-2), budget=3, seed=0), Published(theirs)
    generator = torch.Generator().manual_seed(state.generator.initial_seed())
    for step in range(3):
        x = images(seed=step)
        published.step(x, theirs.noise(6, generator), relational)
        state.step_batch(x)
    for (name, mine), its in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-5, atol=1e-6, msg=name)


@pytest.mark.parametrize("policy", ["uniform", "first", "true"])
def test_reconstructions_and_relations_are_learned(policy: str) -> None:
    of = fitted(label_policy=policy, warm_up_steps=0)
    batch = with_factors(labelled()) if of.reads_labels else labelled().observations
    state = TrainingState(of, adam(lr=2e-2), budget=40)
    losses = []
    for _ in range(40):
        state.step_batch(batch)
        losses.append(state.loss_log.mean())
        state.loss_log.clear()
    for term in ("reconstruction", "relations/relation"):
        assert losses[-1][term] < 0.9 * losses[0][term]


def test_an_optimiser_of_its_own_for_the_generator_is_another_loop() -> None:
    moved = []
    for shared in (True, False):
        of = model(shared_optimizer=shared)
        state = TrainingState(of, adam(lr=1e-2), budget=3, seed=0)
        assert list(state.optimizers) == [
            "model",
            "relations",
            *([] if shared else ["generator"]),
            "discriminator",
        ]
        for step in range(3):
            state.step_batch(images(seed=step))
        moved.append(torch.cat([one.detach().flatten() for one in of.encoder.parameters()]))
    assert (moved[0] - moved[1]).abs().max() > 1e-3


def samples(of: AbsAE, batch: Any) -> Tensor:
    """The samples of the prior that the discriminator is given, far regions being without extent."""
    seen: list[Tensor] = []
    hook = of.discriminator.register_forward_pre_hook(lambda _, read: seen.append(read[0]))
    of.losses(batch, noise(of, len(batch)), "discriminator")
    hook.remove()
    return torch.cdist(seen[1], of.prior.means).argmin(1)


def spread(of: AbsAE) -> AbsAE:
    of.prior.means.copy_(10 * torch.eye(4))
    of.prior.cholesky.mul_(1e-3)
    return of


def test_uniform_labels_give_each_region_as_often() -> None:
    counts = torch.bincount(samples(spread(fitted()), images(2_000)), minlength=4)
    assert chisquare(counts.numpy()).pvalue > 0.01


def test_the_first_label_gives_region_0_alone_as_released() -> None:
    assert (samples(spread(fitted(label_policy="first")), images(500)) == 0).all()


def test_true_labels_give_the_region_of_the_image_and_any_to_those_without() -> None:
    of = spread(fitted(label_policy="true"))
    batch = labelled(800)
    found, true = samples(of, with_factors(batch)), of.entities.of_factors(batch.factors)
    assert of.reads_labels
    assert (found[true >= 0] == true[true >= 0]).all()
    counts = torch.bincount(found[true < 0], minlength=4)
    assert chisquare(counts.numpy()).pvalue > 0.01


def test_only_true_labels_are_read_and_only_where_codes_are_moved() -> None:
    assert not model().reads_labels
    assert not model(label_policy="true", adversarial="warm-up").reads_labels
    assert not model(label_policy="true", freeze_encoder=True).reads_labels


def test_regions_are_the_means_and_a_tenth_of_the_covariances_of_labelled_codes() -> None:
    of, batch = model(), labelled(300)
    with torch.no_grad():
        of.eval().fit_labels(
            [LabelledBatch(*(part[:100] for part in batch)), LabelledBatch(*(part[100:] for part in batch))]
        )
    codes = of.encode(batch.observations).detach().double().numpy()
    entity = 2 * batch.factors[:, 0] + torch.tensor([0, 0, -9, 1])[batch.factors[:, 2]]
    for k in range(4):
        of_region = codes[(entity == k).numpy()]
        covariance = np.cov(of_region.T)
        shrunk = 0.999 * covariance + 0.001 * np.trace(covariance) / DIM * np.eye(DIM)
        factor = of.prior.cholesky[k].double().numpy()
        np.testing.assert_allclose(of.prior.means[k], of_region.mean(0), atol=1e-6)
        np.testing.assert_allclose(factor @ factor.T, 0.1 * shrunk, rtol=1e-4, atol=1e-8)
    assert of.is_fitted


def test_an_entity_with_too_few_labels_is_named() -> None:
    factors = torch.cartesian_prod(torch.arange(2), torch.arange(5), torch.arange(4))
    model().check_labels(factors)
    with pytest.raises(CallError, match=r"2 labelled images.*'shape 0, x 1' has 1 of 8: give more labels"):
        model().check_labels(factors[factors[:, 1] == 0])
    with pytest.raises(CallError, match="5 labelled images or more"):
        model(shrinkage=0.0).check_labels(torch.zeros(4, 3, dtype=torch.int64))


def test_players_of_the_stages() -> None:
    every = ("generator", "discriminator")
    assert model().active_players(2) == ("model", *every)
    assert model().active_players(3) == ("model", "relations", *every)
    assert [model().stage(step) for step in (2, 3)] == ["warm-up", "relational"]
    assert model(adversarial="never").active_players(3) == ("model", "relations")
    assert model(adversarial="warm-up").active_players(2) == ("model", *every)
    assert model(adversarial="warm-up").active_players(3) == ("model", "relations")
    assert model(adversarial="relational").active_players(2) == ("model",)
    assert model(reg_wt=0.0).active_players(2) == ("model",)
    assert model(freeze_encoder=True).active_players(3) == ("decoder", "relations")


def test_regions_are_fitted_at_the_switch_and_then_at_every_interval() -> None:
    def steps(**options: Any) -> list[int]:
        of = model(**options)
        return [step for step in range(12) if of.is_fitting_step(step)]

    assert steps() == [3]
    assert steps(refit_interval=4) == [3, 7, 11]
    assert steps(warm_up_steps=0, refit_interval=5) == [0, 5, 10]


def test_a_frozen_encoder_stays_with_its_running_statistics_and_the_decoder_moves() -> None:
    of = fitted(freeze_encoder=True, warm_up_steps=0)
    of.encoder = nn.Sequential(of.encoder, nn.BatchNorm1d(DIM))
    before = {name: value.clone() for name, value in of.state_dict().items()}
    state = TrainingState(of, adam(lr=1e-2), budget=3)
    for _ in range(3):
        state.step_batch(images())
    changed = {
        name.split(".")[0] for name, value in of.state_dict().items() if not torch.equal(value, before[name])
    }
    assert changed == {"decoder", "relation_learner"}


def test_new_codes_are_of_the_prior_of_the_stage() -> None:
    of = model(warm_up_prior=GaussianPrior(DIM, mean=5.0))
    assert of.sample_codes(4_000, torch.Generator().manual_seed(0)).mean().item() == pytest.approx(5, abs=0.1)
    of = spread(fitted())
    codes = of.sample_codes(400, torch.Generator().manual_seed(0))
    assert torch.cdist(codes, of.prior.means).min(1).values.max() < 0.1


def test_a_warm_up_from_the_weights_of_a_fitted_run_has_its_own_prior() -> None:
    of = fitted()
    state = TrainingState(of, adam(), budget=3)
    state.step_batch(images())
    assert not of.is_fitted


def test_a_stage_begins_without_a_best_loss() -> None:
    of = model(warm_up_steps=2)
    state = TrainingState(of, adam(), budget=4)
    state.step_batch(images())
    state.set_best(1, 0.5)
    state.step_batch(images())
    assert state.best_step == 1
    state.step_batch(images())
    assert state.best_step is None


@pytest.mark.parametrize(
    ("classes", "dim", "parameters"), [(27, 8, 3_186_689), (120, 16, 3_290_113), (13, 8, 3_172_353)]
)
def test_the_published_discriminators_have_an_input_for_every_label(
    classes: int, dim: int, parameters: int
) -> None:
    options = {**USUAL, "factor_sizes": (classes,), "factor_names": ("k",), "entities": {"k": classes}}
    del options["discriminator_hidden"]
    with_labels = AbsAE(*networks(PlainLatent(dim), VECTOR), **options, zero_labels=True)
    without = AbsAE(*networks(PlainLatent(dim), VECTOR), **options)
    counts = [sum(one.numel() for one in of.discriminator.parameters()) for of in (with_labels, without)]
    assert counts == [parameters, parameters - 1024 * classes]


@pytest.mark.parametrize("policy", ["uniform", "first", "true"])
def test_a_step_waits_for_nothing(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of = fitted(label_policy=policy, warm_up_steps=1, pairing="transport")
    state = TrainingState(of, adam(), budget=10, clip=GradientClipping(value=1.0, norm=1.0))
    batch = with_factors(labelled(8)) if of.reads_labels else images(8)
    for _ in range(2):  # one of each stage, in which optimisers and loss log allocate their memory
        state.step_batch(batch)
    with watched(monkeypatch) as waits:
        for _ in range(3):
            state.step_batch(batch)
    assert not waits


@pytest.mark.parametrize("player", ["model", "relations", "generator", "discriminator"])
def test_the_losses_of_a_player_are_one_graph_for_the_compiler(player: str) -> None:
    torch.compiler.reset()
    of = fitted()
    compiled = torch.compile(of, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(images(), noise(of), player), of.losses(images(), noise(of), player))


def test_every_term_has_a_weight_and_can_be_had_without_chance() -> None:
    of = fitted(freeze_encoder=True)
    found = {}
    for player in (*of.player_parameters(), "generator", "discriminator"):
        found |= of.losses(images(), None, player)
        torch.testing.assert_close(of.losses(images(), None, player), of.losses(images(), None, player))
    assert set(found) == set(of.weights(0))
    assert all(term.shape == () for term in found.values())


def test_networks_of_a_run_before_are_taken_over() -> None:
    second, first = model(1, warm_up_steps=0), model()
    assert (second.needs_pretrained, first.needs_pretrained) == (True, False)
    second.load_pretrained(first)
    for part in ("encoder", "decoder", "discriminator"):
        for mine, its in zip(
            getattr(second, part).parameters(), getattr(first, part).parameters(), strict=True
        ):
            assert torch.equal(mine, its)
    second.load_pretrained(AE(*networks(PlainLatent(DIM), VECTOR)))
    with pytest.raises(CallError, match="take m/absae/relational"):
        first.load_pretrained(second)
    with pytest.raises(CallError, match="encoder does not fit: give this call the architecture"):
        second.load_pretrained(AE(*networks(PlainLatent(3), VECTOR)))
    with pytest.raises(CallError, match="goes on from an autoencoder, sdim is none"):
        second.load_pretrained(SDIM((3, 28, 28)))


@pytest.mark.parametrize("latent", [QuantizedLatent(DIM), GaussianLatent(DIM)])
def test_latents_that_do_not_fit_are_refused(latent: nn.Module) -> None:
    with pytest.raises(CallError, match="use `plain`"):
        AbsAE(*networks(latent, VECTOR), **USUAL)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(CallError, match="data have none; take data with factors"):
        model(factor_names=(), factor_sizes=(), entities=None)
    with pytest.raises(CallError, match="a factor of several classes"):
        model(factor_sizes=(0, 0, 1), entities=None)
    with pytest.raises(CallError, match="there are none: name one"):
        model(relations={"next": None})
    with pytest.raises(CallError, match=r"codes \(N, D\), not \(2, 3, 4\)"):
        model().apply_relation(torch.zeros(2, 3, 4), 0)


def test_its_parts_are_named_in_configs() -> None:
    changes = {"relation_learner": "residual", "warm_up_prior": {"_type": "gaussian", "mean": 2.0}}
    layers = [
        ConfigLayer({"model": changes}, "test"),
        *sheets("m/absae", "relations/hwf", "a/conv12", "a/size/vec"),
    ]
    known = {"factor_sizes": (13,), "factor_names": ("symbol",)}
    of = Settings(layers).build("model", input_shape=VECTOR, **known)
    assert of.relation_learner.residual
    assert isinstance(of.warm_up_prior, GaussianPrior)
    assert of.relations.names == ("add", "subtract", "multiply")
    assert of.apply_relation(torch.zeros(2, 3, of.latent_dim), 1).shape == (2, of.latent_dim)
    assert set(of.losses(images(), None, "relations")) == {"relation", "floor"}


def test_without_entities_those_of_the_first_factor_with_a_step_are_taken() -> None:
    of = model(entities=None, factor_sizes=(1, 5, 4))
    assert (of.entities.names, of.entities.count) == (("size",), 5)
    assert of.relations.names == ("next_size",)
    assert of.relations[0].table.tolist() == [1, 2, 3, 4, 0]
