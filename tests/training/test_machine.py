"""Devices, seeds, memory, options: what a training call sets up."""

from __future__ import annotations

import platform
import random

import numpy as np
import pytest
import torch

from disentcli.device import compute_deterministically, find_device
from disentcli.errors import CallError
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.options import TrainOptions
from disentcli.training.rng import make_generator, random_state, restore_random_state, seed_everything


def draws() -> list[float]:
    return [random.random(), np.random.rand(), torch.rand(()).item()]  # noqa: NPY002


def test_a_seed_fixes_every_global_generator_and_states_bring_it_back() -> None:
    seed_everything(3)
    first = draws()
    state = random_state()
    then = draws()
    seed_everything(3)
    assert draws() == first
    restore_random_state(state)
    assert draws() == then


def test_generators_of_different_purposes_differ_and_are_the_same_each_time() -> None:
    def number(*what: object) -> float:
        return torch.rand((), generator=make_generator(*what)).item()  # type: ignore[arg-type]

    assert number(0, "noise") == number(0, "noise")
    assert len({number(0, "noise"), number(1, "noise"), number(0, "pictures"), number(0, "noise", 1)}) == 4


def test_devices_are_found_or_said_to_be_missing() -> None:
    assert find_device("cpu").type == "cpu"
    assert find_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(CallError, match="auto, cpu, cuda, cuda:N or mps, not 'gpu'"):
        find_device("gpu")
    with pytest.raises(CallError, match="--device cuda:99: there "):
        find_device("cuda:99")


def test_an_apple_gpu_is_taken_by_its_name_and_its_random_numbers_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a stand-in where there is none."""
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(CallError, match="no Apple GPU here"):
        find_device("mps")
    assert "mps" not in random_state()
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert find_device("mps").type == "mps"
    assert find_device("auto").type != "mps"  # not every operation is there
    kept = [torch.tensor([1, 2, 3])]
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: kept[0])
    monkeypatch.setattr(torch.mps, "set_rng_state", kept.append)
    restore_random_state(random_state())
    assert kept[-1] is kept[0]


def test_determinism_can_be_asked_for() -> None:
    compute_deterministically(True)
    try:
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        compute_deterministically(False)
    assert not torch.are_deterministic_algorithms_enabled()


def test_memory_is_kept_where_glibc_is_and_silently_not_elsewhere() -> None:
    assert disable_malloc_trim() == (platform.libc_ver()[0] == "glibc")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"budget": -1}, "budget must be steps, 0 for the untrained network; not -1"),
        ({"batch_size": -1}, "batch-size must be at least 1"),
        ({"viz_freq": -1}, r"viz\.freq must be 0 \(never\) or a number of steps"),
        ({"time_limit": 0.0}, "time-limit must be above 0"),
        ({"checkpoint_minutes": float("nan")}, "checkpoint-minutes must be above 0 and finite"),
        ({"clip_norm": float("inf")}, "clip-norm must be above 0 and finite"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(CallError, match=message):
        TrainOptions(**wrong)  # type: ignore[arg-type]
