"""bf16: networks compute in bfloat16 while they are trained, everything else in float32."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.methods.method import Method
from disentcli.nets.precision import in_float32, use_bf16
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.scripts.train import train
from disentcli.training import precision
from disentcli.training.optim import adam
from disentcli.training.precision import networks, set_precision
from disentcli.training.state import TrainingState
from disentcli.training.validation import eval_mode

from ..configs import sheets, trained
from . import tiny_world as tiny

CPU = torch.device("cpu")
METHODS = (  # each architecture of ours and each delicate objective: log-sum-exp, critics, penalty, codebooks
    ("a/conv12", "a/d/strc/12", "m/ae"),
    ("a/dislib", "m/vae"),
    ("a/dislib", "m/tcvae"),
    ("a/dislib", "m/factorvae"),
    ("a/dislib", "m/dipvae2"),
    ("a/dislib", "m/swae"),
    ("a/dislib", "m/infovae"),
    ("a/dislib", "m/hfs"),
    ("a/ladder/2", "m/vae"),
    ("a/qlae-small", "m/qlae"),
    ("a/qlae-small", "m/infowgan"),
)


def built(*configs: str, shape: tuple[int, ...] = (1, 32, 32)) -> Method:
    """A model for images of this shape, the same at each call."""
    torch.manual_seed(0)
    settings = Settings(sheets(*configs, "d/sprites32"))
    model: Method = settings.build("model", input_shape=shape, dataset_size=1000)
    return model


def images(count: int) -> Tensor:
    """White squares of 12 pixels on black, at random places."""
    rng = np.random.default_rng(0)
    pictures = np.zeros((count, 1, 32, 32), dtype=np.float32)
    for picture, (row, column) in zip(pictures, rng.integers(0, 20, (count, 2)), strict=True):
        picture[0, row : row + 12, column : column + 12] = 1
    return torch.from_numpy(pictures)


def seen(model: Method) -> list[tuple[torch.dtype, torch.dtype]]:
    """A list that fills with the types of what each conv and linear layer gives, and each network."""
    inner: list[tuple[torch.dtype, torch.dtype]] = []
    for network in networks(model):
        layers = [one for one in network.modules() if isinstance(one, (nn.Conv2d, nn.Linear))]
        last: list[torch.dtype] = []
        for layer in layers:
            layer.register_forward_hook(lambda *call, last=last: last.append(call[2].dtype))
        network.register_forward_hook(lambda *call, last=last: inner.append((last[-1], call[2].dtype)))
    return inner


@pytest.mark.parametrize("configs", METHODS, ids=" ".join)
def test_only_layers_are_bfloat16_and_losses_agree_with_those_of_float32(configs: tuple[str, ...]) -> None:
    exact, bf16_enabled = built(*configs), built(*configs)
    set_precision(bf16_enabled, "bf16", CPU)
    types = seen(bf16_enabled)
    noise = exact.noise(4, torch.Generator().manual_seed(0))
    for player, moved in bf16_enabled.player_parameters().items():
        one, other = (model.losses(images(4), noise, player) for model in (exact, bf16_enabled))
        for term, loss in one.items():
            assert other[term].dtype == torch.float32
            assert other[term].item() == pytest.approx(loss.item(), rel=2e-2, abs=2e-2), term
        gradients = torch.autograd.grad(next(iter(other.values())), moved, allow_unused=True)
        assert {gradient.dtype for gradient in gradients if gradient is not None} == {torch.float32}
    assert (torch.bfloat16, torch.float32) in types
    assert {outside for _, outside in types} == {torch.float32}
    assert {value.dtype for value in bf16_enabled.state_dict().values()} <= {torch.float32, torch.int64}


def curve(configs: tuple[str, ...], kind: precision.Precision, steps: int = 40) -> np.ndarray:
    """The losses of the first steps on the same batches with the same noise."""
    model = built(*configs)
    set_precision(model, kind, CPU)
    state = TrainingState(model, adam(lr=1e-3), budget=steps, seed=0)
    model.train()
    losses = []
    for batch in images(steps * 16).split(16):
        state.step_batch(batch)
        losses.append(state.loss_log.mean()["loss"])
        state.loss_log.clear()
    return np.array(losses)


@pytest.mark.parametrize(
    "configs",
    [METHODS[1], METHODS[2], pytest.param(METHODS[3], marks=pytest.mark.slow), METHODS[4]],
    ids=lambda configs: configs[-1].removeprefix("m/"),
)
def test_loss_curves_of_bf16_and_float32_stay_within_5_percent(configs: tuple[str, ...]) -> None:
    exact, bf16_enabled = curve(configs, "float32"), curve(configs, "bf16")
    assert exact[-5:].mean() < 0.7 * exact[0]
    windows = np.abs(bf16_enabled - exact).reshape(-1, 5).mean(1) / exact.reshape(-1, 5).mean(1)
    assert windows.max() < 0.05


def test_validation_is_float32() -> None:
    exact, bf16_enabled = built(*METHODS[-1]), built(*METHODS[-1])
    set_precision(bf16_enabled, "bf16", CPU)
    with eval_mode(bf16_enabled), eval_mode(exact):
        assert torch.equal(bf16_enabled.encode(images(4)), exact.encode(images(4)))
        assert torch.equal(bf16_enabled.reconstruct(images(4)), exact.reconstruct(images(4)))
    assert not torch.equal(bf16_enabled.encode(images(4)), exact.encode(images(4)))
    assert all(network.bf16_enabled for network in networks(bf16_enabled))


def test_the_gradient_penalty_is_float32() -> None:
    model = built("a/qlae-small", "m/infowgan")
    set_precision(model, "bf16", CPU)
    types = seen(model)
    model.losses(images(4), None, "encoder")
    inside = [inner for inner, _ in types]
    assert sorted(map(str, inside)) == ["torch.bfloat16"] * 3 + ["torch.float32"]  # fakes, their values, x


def test_float32_leaves_the_networks_as_they_are() -> None:
    model = built(*METHODS[1])
    set_precision(model, "float32", CPU)
    assert not any("bf16_enabled" in vars(network) for network in networks(model))


def test_critics_are_lowered_and_latents_are_not() -> None:
    model = built("a/qlae-small", "m/qlae")
    assert networks(model) == [model.encoder, model.decoder]
    model = built("a/dislib", "m/factorvae")
    assert networks(model) == [model.encoder, model.decoder, model.discriminator]
    model.critics = nn.ModuleDict({"local": nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)])})
    assert networks(model)[3:] == list(model.critics["local"])


class Pair(NamedTuple):
    features: Tensor
    counts: Tensor


class Twofold(nn.Linear):
    def forward(self, batch: Tensor) -> Pair:
        return Pair(super().forward(batch), torch.arange(2))


def test_named_tuples_come_back_in_float32_and_counts_as_they_were() -> None:
    network, batch = Twofold(3, 2), torch.rand(2, 3)
    exact = network(batch).features
    use_bf16(network)
    outputs = network(batch)
    assert isinstance(outputs, Pair)
    assert (outputs.features.dtype, outputs.counts.dtype) == (torch.float32, torch.int64)
    assert 0 < (outputs.features - exact).abs().max() < 0.02
    with in_float32(network):
        assert torch.equal(network(batch).features, exact)


def test_float32_within_float32_ends_with_the_outer_one() -> None:
    network, x = nn.Linear(3, 2), torch.rand(2, 3)
    wanted = network(x)
    use_bf16(network)
    with in_float32(network):
        with in_float32(network):
            pass
        assert torch.equal(network(x), wanted)
    assert not torch.equal(network(x), wanted)


def test_a_copy_of_a_lowered_network_computes_with_weights_of_its_own() -> None:
    network = nn.Linear(3, 2)
    use_bf16(network)
    copy = deepcopy(network)
    with torch.no_grad():
        copy.weight.zero_()
        copy.bias.zero_()
    assert not copy(torch.rand(4, 3)).any()
    assert network(torch.rand(4, 3)).any()


@pytest.mark.parametrize(("flags", "warned"), [("avx2 avx512f", True), ("avx2 avx512_bf16 amx_tile", False)])
def test_a_cpu_that_emulates_bfloat16_is_told_to_be_slow(
    flags: str,
    warned: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name : Some CPU\nflags : fpu {flags} sse\n")
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    set_precision(tiny.state("vae").model, "bf16", CPU)
    assert ("has no bfloat16" in caplog.text) == warned


def test_a_device_that_cannot_is_refused() -> None:
    with pytest.raises(CallError, match="tf32 needs an NVIDIA GPU"):
        set_precision(tiny.state("vae").model, "tf32", CPU)


def test_a_resumed_run_goes_on_in_its_precision_bit_for_bit(tmp_path: Path) -> None:
    place = {"data": tmp_path / "data", "runs": tmp_path / "runs"}
    small = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 3, "precision": "bf16"}
    whole = trained("m/vae", "d/sprites32", **place, budget=12, name="whole", **small)
    run = trained("m/vae", "d/sprites32", **place, budget=6, name="cut", **small)
    assert run.config()["precision"] == "bf16"
    call = {"resume": run.name, "saveroot": str(place["runs"]), "dataroot": str(place["data"]), "budget": 12}
    settings = Settings(
        [ConfigLayer({**call, "quiet": True, "device": "cpu"}, "command line")],
        script="train",
        argv=["train"],
    )
    assert train(settings) == 0
    ours, expected = weights(run), weights(whole)
    assert ours.keys() == expected.keys()
    assert all(torch.equal(value, ours[name]) for name, value in expected.items())


def weights(run: Run) -> dict[str, Tensor]:
    """The model's state at the end."""
    state: dict[str, Tensor] = checkpoint.load(run, 12)["model"]
    return state
