"""Recorded steps, with a stand-in for CUDA graphs on a CPU."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor

from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.loss_schedules import DelayedSchedule, LinearSchedule, WeightSchedule
from disentcli.methods.vae import VAE
from disentcli.training import cuda_graph
from disentcli.training.cuda_graph import WARM_UP, CUDAGraphStep, Losses
from disentcli.training.optim import GradientClipping, Schedule, adam, cosine, sgd
from disentcli.training.state import TrainingState

from . import tiny_world as tiny
from .test_compile import curve, layout, tiny_batches
from .test_state import Resting


def states(
    weighting: WeightSchedule | None = None,
    schedule: Schedule | None = None,
    clip: GradientClipping | None = None,
) -> list[TrainingState]:
    """The same beginning twice: to be taken as written, and captured."""
    found = []
    for _ in range(2):
        torch.manual_seed(0)
        model = VAE(
            GaussianLatent(tiny.LATENT),
            tiny.FlatEncoder(2 * tiny.LATENT),
            tiny.FlatDecoder(),
            weighting=weighting,
        )
        found.append(TrainingState(model, adam(lr=1e-2), schedule, budget=40, clip=clip))
    captured(found[1])
    return found


def captured(state: TrainingState) -> CUDAGraphStep:
    """Have the state's steps captured."""
    state.update_players = graphs = CUDAGraphStep(state.update_players, state.optimizers.values())
    return graphs


def test_captured_steps_are_those_that_were_written(replays: list[int]) -> None:
    written, again = states(clip=GradientClipping(value=0.5))
    # a captured optimiser reads its rate as float32, a written one as float64
    np.testing.assert_allclose(curve(again, tiny_batches()), curve(written, tiny_batches()), rtol=1e-6)
    torch.testing.assert_close(again.model.state_dict(), written.model.state_dict())
    assert replays == [40 - WARM_UP]
    assert layout(again.state_dict()) == layout(written.state_dict())


def test_weights_and_rates_that_change_are_read_at_each_replay(replays: list[int]) -> None:
    written, again = states(LinearSchedule(steps=30), cosine(end=1e-4, every=2))
    np.testing.assert_allclose(curve(again, tiny_batches()), curve(written, tiny_batches()), rtol=1e-6)
    assert again.learning_rates() == written.learning_rates()
    assert replays == [40 - WARM_UP - 1]  # at step 0 the weight is 0: another objective


def test_a_term_that_comes_to_weigh_is_captured_anew(replays: list[int]) -> None:
    written, again = states(DelayedSchedule(steps=20))
    np.testing.assert_allclose(curve(again, tiny_batches()), curve(written, tiny_batches()), rtol=1e-6)
    assert replays == [21 - WARM_UP, 19 - WARM_UP]


def test_a_resumed_state_is_captured_with_the_optimiser_that_was_loaded(replays: list[int]) -> None:
    written, again = states(schedule=cosine(end=1e-4, every=2))
    curve(written, tiny_batches(10))
    again.load_state_dict(deepcopy(written.state_dict()))
    np.testing.assert_allclose(curve(again, tiny_batches()), curve(written, tiny_batches()), rtol=1e-6)
    assert replays == [40 - WARM_UP]


def test_each_set_of_players_has_a_graph_and_losses_of_its_own(replays: list[int]) -> None:
    written, again = (
        TrainingState(Resting(), sgd(lr=0.1), budget=20, clip=GradientClipping(value=0.3)) for _ in "12"
    )
    captured(again)
    for _ in range(20):
        for state in (written, again):
            state.step_batch(torch.zeros(1, *tiny.SHAPE))
        assert again.loss_log.mean() == pytest.approx(written.loss_log.mean())
        written.loss_log.clear(), again.loss_log.clear()
    assert replays == [10 - WARM_UP] * 2


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (
            RuntimeError("operation not permitted when stream is capturing\nCUDA kernel errors might …"),
            "operation not permitted when stream is capturing",
        ),
        (AssertionError(), "AssertionError"),
        (ValueError("lr as a Tensor is not supported"), "lr as a Tensor is not supported"),
    ],
)
def test_what_cannot_be_captured_goes_on_as_written_with_one_warning(
    refusal: Exception,
    reason: str,
    replays: list[int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_: object) -> None:
        raise refusal

    monkeypatch.setattr(cuda_graph, "capture", refuse)
    written, again = states()
    assert np.array_equal(curve(again, tiny_batches()), curve(written, tiny_batches()))
    (message,) = caplog.messages
    assert message == f"the step is not captured as a CUDA graph, it goes on as written: {reason}"


def test_noise_by_name_and_labels_are_inputs_too(replays: list[int]) -> None:
    seen: list[Tensor] = []

    def players_to_update(
        _: object, __: object, batch: Tensor, noise: dict[str, Tensor], labelled: object
    ) -> Losses:
        seen.append(noise["codes"])
        return {"loss": batch.sum() + noise["codes"].sum()}

    taken = CUDAGraphStep(players_to_update, [])
    for step in range(WARM_UP + 2):
        noise = {"codes": torch.full((2,), float(step))}
        rows = taken(["model"], {"loss": 1.0}, torch.ones(3), noise, None)
        assert rows["loss"].item() == 3 + 2 * step
    assert seen[-1] is seen[-2]  # where the graph reads
    assert replays == [2]
