"""The plan of a sweep: every combination once, distinct from all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.errors import CallError
from disentcli.experiment.sweep_plan import SweepRun, parse_grid, parse_seeds, plan_runs

CONFIGS = {"m/vae", "m/ae", "a/conv12", "d/room"}


def planned(grid: dict[str, list[object]], seeds: tuple[int, ...] = (0,), **arguments: str) -> list[SweepRun]:
    return plan_runs(["d/room"], arguments, grid, seeds, CONFIGS.__contains__)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
)
def test_every_combination_stands_once(one: list[int], two: list[int], seeds: list[int]) -> None:
    runs = planned({"reg-wt": list(one), "latent-dim": list(two)}, tuple(seeds))
    assert len({run.sweep_key for run in runs}) == len(runs) == len(one) * len(two) * len(seeds)
    assert {(*run.grid_cell, run.seed) for run in runs} == {
        (str(a), str(b), s) for a in one for b in two for s in seeds
    }


def test_configs_of_an_axis_are_stacked_over_the_others() -> None:
    first, second = planned({"method": ["m/vae --reg-wt 4", "a/conv12 m/ae"]}, budget="5")
    assert first.argv == ["train", "m/vae", "d/room", "--budget", "5", "--reg-wt", "4", "--seed", "0"]
    assert second.argv == ["train", "a/conv12", "m/ae", "d/room", "--budget", "5", "--seed", "0"]
    assert first.grid_cell == ("m/vae --reg-wt 4",)


def test_an_axis_wins_over_the_arguments_of_the_call() -> None:
    (run,) = planned({"reg-wt": [4]}, **{"reg-wt": "1"})
    assert run.argv.count("--reg-wt") == 1
    assert "4" in run.argv


def test_without_a_grid_there_is_a_run_for_each_seed() -> None:
    assert [run.seed for run in planned({}, (3, 5))] == [3, 5]


def test_the_key_does_not_depend_on_the_order_of_arguments() -> None:
    one, two = (
        planned({}, **dict(pairs))[0] for pairs in ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1")))
    )
    assert one.sweep_key == two.sweep_key != planned({}, a="1")[0].sweep_key


@pytest.mark.parametrize(
    ("grid", "complaint"),
    [
        ({"method": ["m/vae m/typo"]}, "expected configs, then --key value pairs"),
        ({"method": ["m/vae --reg-wt"]}, "expected configs, then --key value pairs"),
        ({"method": ["m/vae --reg-wt 4"], "reg-wt": [1]}, "two axes of the grid set the same key"),
        ({"seed": [1, 2]}, "--seeds 3,5"),
        ({"method": ["m/vae --seed 4"]}, "--seeds 3,5"),
    ],
)
def test_a_wrong_axis_is_refused(grid: dict[str, list[object]], complaint: str) -> None:
    with pytest.raises(CallError, match=complaint):
        planned(grid)


@pytest.mark.parametrize(
    "text", ["", "0", "a", "1-", "2-1", "0,0", "1-b", "-1", "²", "10001", "0-99999999999"]
)
def test_wrong_seeds_are_refused(text: str) -> None:
    with pytest.raises(CallError, match="--seeds"):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["reg-wt", "reg-wt=", "reg-wt=1,,2", "a=1;a=2", "a=1;b"])
def test_a_wrong_grid_is_refused(text: str) -> None:
    with pytest.raises(CallError, match="--grid"):
        parse_grid(text)
