"""What is frozen stays bit for bit, parameters and buffers; all else of the method is trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.freezing import freeze, trainable_groups, trainable_parameters
from disentcli.methods.method import Method
from disentcli.methods.supervision import LabelledBatch, SquaredErrorSupervision
from disentcli.methods.vae import VAE
from disentcli.nets.encoder_decoder import Encoder, LinearDecoder
from disentcli.training.optim import GradientClipping, adamw, clippable_parameters
from disentcli.training.state import TrainingState
from disentcli.training.validation import eval_mode

from ..configs import LIBRARY, sheets
from .family import small
from .models import items
from .pairs import pairs, small_edim, small_sdim, small_stages

SHAPE = (1, 4, 4)
STEPS = 100
LINEAR = {
    "encoder": {"_type": "linear"},
    "decoder": {"_type": "linear"},
    "discriminator_hidden": [8],
    "capacity": 0.5,
    "warm_up_steps": 0,
    "relation_learner": {"_type": "mlp", "hidden": [8]},
}
MI = ("m/sdim", "m/edim", "m/sdim-edim")
HALVES = {"m/supervised": "encoder", "m/decoder": "decoder"}  # methods of one network alone
WIDER = {"m/musae": 6}  # whose tags take four dimensions
CONFIGS = [name for name in LIBRARY.paths if name.startswith("m/") and name not in (*MI, *HALVES)]


class NormedEncoder(Encoder):
    """One layer, batch normalisation and dropout."""

    def __init__(self, feature_dim: int) -> None:
        super().__init__(SHAPE, feature_dim)
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, feature_dim)
        )

    def forward(self, batch: Tensor) -> Tensor:
        return self.layers(batch)


def normed(supervised: bool = False) -> VAE:
    torch.manual_seed(0)
    supervision = SquaredErrorSupervision(2, (3,)) if supervised else None
    return VAE(GaussianLatent(2), NormedEncoder(4), LinearDecoder(2, SHAPE), supervision=supervision)


def configured(name: str) -> Any:
    """The method of a config with linear networks on images of 16 pixels."""
    torch.manual_seed(0)
    call = ConfigLayer({"model": LINEAR, "latent_dim": WIDER.get(name, 3)}, "test")
    known = {"input_shape": SHAPE, "dataset_size": 100, "factor_sizes": (2, 3)}
    return Settings([call, *sheets(name)]).build("model", **known)


def copied(module: nn.Module) -> dict[str, Tensor]:
    """Its parameters and buffers, those of no checkpoint included."""
    return {name: one.detach().clone() for name, one in (*module.named_parameters(), *module.named_buffers())}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def trained(model: Method, batch: Tensor, parts: tuple[str, ...], steps: int = STEPS) -> TrainingState:
    """A model trained with decay and clipping, and these parts frozen."""
    freeze(model, parts, steps)
    clip = GradientClipping(norm=5.0)
    state = TrainingState(model, adamw(lr=1e-2, weight_decay=0.1), budget=steps, clip=clip)
    model.train()
    for _ in range(steps):
        state.step_batch(batch)
    return state


def images(model: Method, n: int = 8) -> Tensor:
    drawn = torch.rand(n * model.num_views, *SHAPE, generator=torch.Generator().manual_seed(1))
    return drawn.unflatten(0, (n, 2)) if model.num_views == 2 else drawn


def check(model: Method, batch: Tensor, parts: tuple[str, ...]) -> None:
    """Train, and compare each of the method's parts with what it was."""
    learn = {name for name, one in model.named_children() if any(p.requires_grad for p in one.parameters())}
    before = {name: copied(one) for name, one in model.named_children()}
    state = trained(model, batch, parts)
    for part in parts:
        assert same(before[part], copied(getattr(model, part))), part
    for name in learn - set(parts):
        assert not same(before[name], copied(getattr(model, name))), name
    frozen = {id(one) for part in parts for one in getattr(model, part).parameters()}
    for optimizer in state.optimizers.values():
        assert not frozen & {id(one) for group in optimizer.param_groups for one in group["params"]}
        assert not frozen & {id(one) for one in clippable_parameters(optimizer)}


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_network_of_any_method_stays_and_the_others_move(name: str, part: str):
    model = configured(name)
    check(model, items(model, SHAPE, 8) if model.reads_labels else images(model), (part,))


@pytest.mark.parametrize(("name", "part"), HALVES.items())
def test_the_only_network_of_a_method_cannot_be_frozen(name: str, part: str):
    with pytest.raises(CallError, match=rf"all of {name[2:]} is frozen \({part}\)"):
        freeze(configured(name), (part,), STEPS)


@pytest.mark.parametrize("name", ["m/qlae", "m/qlae-global", "m/vqvae", "m/ql-infowgan"])
def test_codebooks_stay_and_the_networks_move(name: str):
    model = configured(name)
    check(model, images(model), ("latent",))
    check(configured(name), images(model), ("encoder", "latent"))


def test_codebooks_alone_may_move():
    model = configured("m/qlae")
    check(model, images(model), ("encoder", "decoder"))


def test_a_discriminator_stays_and_is_the_only_one_to_move():
    model = configured("m/factorvae")
    check(model, images(model), ("discriminator",))
    only = configured("m/factorvae")
    check(only, images(only), ("encoder", "decoder"))
    half = small("factorvae-half")
    check(half, torch.rand(8, *half.encoder.input_shape), ("encoder",))


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (small_sdim, ("shared",)),
        (small_sdim, ("critics",)),
        (small_edim, ("exclusive",)),
        (small_edim, ("discriminators", "critics")),
    ],
)
def test_networks_of_pairs_stay(make: Callable[..., Method], parts: tuple[str, ...]):
    model = make()
    model_parts = dict(model.named_children())
    before = {name: copied(one) for name, one in model_parts.items()}
    trained(model, pairs(), parts, 20)
    untrained = {*parts, "shared"} if make is small_edim else set(parts)
    assert {name for name, one in model_parts.items() if same(before[name], copied(one))} == untrained


def test_a_part_of_one_of_two_phases_stays():
    model = small_stages(shared_steps=10)
    sdim, edim = model.stages["shared"], model.stages["exclusive"]
    before = {"shared": copied(sdim.shared), "critics": copied(edim.critics)}
    trained(model, pairs(), ("stages.shared.shared",), 20)
    assert same(before["shared"], copied(sdim.shared))
    assert not same(before["critics"], copied(edim.critics))


def test_a_phase_without_anything_to_train_is_refused_unless_it_never_comes():
    with pytest.raises(CallError, match=r"at step 0 sdim-edim trains shared, all of which is frozen"):
        freeze(small_stages(shared_steps=10), ["stages.shared"], 20)
    trained(small_stages(shared_steps=0), pairs(), ("stages.shared",), 3)


@pytest.mark.parametrize("supervised", [False, True])
def test_statistics_of_batches_stay_and_count_in_training_too(supervised: bool):
    model, batch = normed(supervised), images(normed())
    trained(model, batch, (), 3)  # so that its statistics are not those of the beginning
    before = copied(model.encoder)
    freeze(model, ["encoder"], STEPS)
    state = TrainingState(model, adamw(lr=1e-2), budget=STEPS)
    model.train()
    expected = model.encoder.eval()(batch)
    model.train()
    labelled = LabelledBatch(batch, torch.zeros(8, 1, dtype=torch.int64)) if supervised else None
    decoder = copied(model.decoder)
    for _ in range(STEPS):
        state.step_batch(batch, labelled)
    with eval_mode(model):
        pass
    assert model.training
    assert model.decoder.training
    assert not any(module.training for module in model.encoder.modules())
    assert torch.equal(model.encoder(batch), expected)  # neither dropped out nor normalised by the batch
    assert same(before, copied(model.encoder))
    assert not same(decoder, copied(model.decoder))


def test_the_norm_that_is_clipped_is_of_what_is_trained():
    """A step of gradient descent with norm 1 has this length, whatever the gradients of the encoder are."""
    model = normed()
    freeze(model, ["encoder"], 1)
    clip = GradientClipping(norm=1e-3)
    state = TrainingState(model, partial(torch.optim.SGD, lr=1.0), budget=1, clip=clip)
    before = copied(model.decoder)
    state.step_batch(images(model))
    moved = torch.cat([(one - before[name]).flatten() for name, one in model.decoder.named_parameters()])
    assert moved.norm().item() == pytest.approx(1e-3, rel=1e-3)


def test_unfrozen_is_as_before():
    first, second = normed(), normed()
    batch = images(first)
    freeze(first, [], 5)
    states = [TrainingState(one, adamw(lr=1e-2), budget=5) for one in (first, second)]
    for state in states:
        torch.manual_seed(0)
        state.model.train()
        for _ in range(5):
            state.step_batch(batch)
    assert same(copied(first), copied(second))
    assert trainable_parameters(first).keys() == first.player_parameters().keys()
    assert trainable_groups(first, "model") == first.param_groups("model")


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        (["encoder", "decoder"], r"all of vae is frozen \(encoder, decoder\).*freeze fewer parts"),
        (["encodr"], "unknown part 'encodr'; did you mean encoder"),
        (["discriminator"], r"(?s)unknown part 'discriminator'.*decoder, encoder, latent"),
        (["sampler"], "unknown part 'sampler'"),
        (["encoder.layer9"], "unknown part"),
        ([""], "unknown part"),
    ],
)
def test_what_cannot_be_frozen_is_refused(parts: list[str], complaint: str):
    with pytest.raises(CallError, match=complaint):
        freeze(normed(), parts, 10)
