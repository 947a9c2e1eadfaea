"""Batches in parts whose gradients are added: the same training, with the memory of a part."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.utils import _pytree as pytree

from disentcli.errors import CallError
from disentcli.runs import checkpoint
from disentcli.training.ensemble.compatibility import check_stackable
from disentcli.training.optim import adam
from disentcli.training.size_checks import check_batch_size
from disentcli.training.state import TrainingState, parts_of

from ..methods.family import small
from ..methods.models import VECTOR
from . import tiny_world as tiny
from .test_loop import stop_at


def state_in_parts(method: str, parts: int, budget: int = 60) -> TrainingState:
    torch.manual_seed(0)
    return TrainingState(tiny.model(method), adam(lr=1e-2), budget=budget, seed=0, accumulate=parts)


def test_a_batch_is_divided_into_parts_of_about_one_size() -> None:
    parts = parts_of(torch.arange(10), 4)
    assert [len(part) for part in parts] == [2, 3, 2, 3]
    assert torch.cat(parts).tolist() == list(range(10))


@pytest.mark.parametrize("parts", [2, 3, 16])
def test_gradients_of_the_parts_add_up_to_those_of_the_batch(parts: int) -> None:
    images = torch.rand(16, *tiny.SHAPE)
    whole, divided = state_in_parts("ae", 1), state_in_parts("ae", parts)
    for _ in range(5):
        whole.step_batch(images)
        divided.step_batch(images)
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(divided.model.state_dict()[name], value, rtol=1e-4, atol=1e-6)
    assert divided.loss_log.mean() == pytest.approx(whole.loss_log.mean(), rel=1e-5)


@pytest.mark.parametrize("kind", ["vae", "aae", "aae-apart", "factorvae-simultaneous"])
def test_players_and_drawn_codes_of_parts_add_up_too(kind: str) -> None:
    """With the same noise; FactorVAE's model alone, for its discriminator permutes codes within a part."""

    def state() -> TrainingState:
        torch.manual_seed(0)
        if kind == "vae":
            return TrainingState(tiny.model("vae"), adam(lr=1e-2), budget=9)
        options = {"alternating": False, "reg_wt": 0.0} if kind.startswith("factorvae") else {}
        return TrainingState(small(kind.removesuffix("-simultaneous"), **options), adam(lr=1e-2), budget=9)

    whole, divided = state(), state()
    model = whole.model
    images = torch.rand(16, *(tiny.SHAPE if kind == "vae" else VECTOR))
    noise = model.noise(16, torch.Generator().manual_seed(1), "cpu")
    weights, players = model.loss_weights(0), tuple(whole.player_parameters)
    if kind.startswith("factorvae"):
        players = players[:1]
    parts = parts_of(images, 3)
    drawn = [pytree.tree_map(lambda one, k=k: parts_of(one, 3)[k], noise) for k in range(3)]
    for _ in range(4):
        expected = whole.update_players(players, weights, images, noise, None)
        found = divided.update_players(players, weights, parts, drawn, None)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(divided.model.state_dict()[name], value, rtol=1e-4, atol=1e-5)
    for term in expected:
        assert found[term].item() == pytest.approx(expected[term].item(), rel=1e-4), term


def test_a_run_in_parts_is_resumed_bit_for_bit(tmp_path: Path) -> None:
    beginning = state_in_parts("vae", 4)
    whole = tiny.new_run(tmp_path, beginning)
    assert tiny.go_on(whole, beginning, 60).status == "completed"
    beginning = state_in_parts("vae", 4)
    run = tiny.new_run(tmp_path, beginning)
    stop_at(beginning, 33)
    tiny.go_on(run, beginning, 60)
    again = state_in_parts("vae", 4)
    again.load_state_dict(checkpoint.load(run))
    tiny.go_on(run, again, 60)
    assert tiny.same(tiny.weights(run), tiny.weights(whole))


def test_parts_that_are_too_small_are_refused() -> None:
    check_batch_size(tiny.model(), 16, 16)
    with pytest.raises(CallError, match="has no so many parts"):
        check_batch_size(tiny.model(), 16, 17)
    with pytest.raises(CallError, match="in parts are not trained as one"):
        check_stackable([state_in_parts("vae", 2)] * 2)
