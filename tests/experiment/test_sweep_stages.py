"""The stages of a sweep's config: each run is followed by those that start from it."""

from __future__ import annotations

from typing import Any

import pytest

from disentcli.errors import CallError
from disentcli.experiment.sweep_plan import plan_runs
from disentcli.experiment.sweep_stages import parse_stages, with_stages

CONFIGS = {"m/ae", "m/vae", "d/room", "ex/update", "freeze/encoder"}
WRITTEN = {
    "decoder": {"train": "freeze/encoder ex/update --budget 5", "then": ["eval"]},
    "both": {"train": "ex/update"},
}


def planned(stages: Any, **arguments: str) -> list[Any]:
    first = plan_runs(["d/room"], arguments, {"method": ["m/ae", "m/vae"]}, (0, 1), CONFIGS.__contains__)
    return with_stages(first, parse_stages(stages, CONFIGS.__contains__))


def test_each_run_is_followed_by_one_of_each_stage() -> None:
    runs = planned(WRITTEN)
    assert [run.grid_cell for run in runs[:3]] == [("m/ae", one) for one in ("first", "decoder", "both")]
    assert len({run.sweep_key for run in runs}) == len(runs) == 2 * 2 * 3
    assert {run.start.sweep_key for run in runs[1:3]} == {runs[0].sweep_key}
    assert runs[1].command == (
        "fig train freeze/encoder ex/update --extra decoder --budget 5 --seed 0 --load RUN"
    )


def test_without_stages_a_plan_is_what_it_was() -> None:
    runs = planned({})
    assert [run.sweep_key for run in runs] == [run.sweep_key for run in planned(WRITTEN)[::3]]
    assert all(run.start is None and len(run.axes) == 1 for run in runs)


def test_settings_of_the_call_are_given_to_stages_too_and_those_of_the_run_are_not() -> None:
    run = planned(WRITTEN, device="cpu", budget="7", quiet="true")[2]
    assert dict(run.arguments) == {"device": "cpu", "quiet": "true", "extra": "both"}


@pytest.mark.parametrize(
    ("stages", "complaint"),
    [
        (["encoder"], "stages: expected {NAME:"),
        ({"encoder": "ex/update"}, "stages.encoder: expected {train:"),
        ({"encoder": {"then": ["eval"]}}, "stages.encoder: expected {train:"),
        ({"encoder": {"train": "ex/update", "thn": []}}, "stages.encoder: expected {train:"),
        ({"encoder": {"train": "ex/updat"}}, "'ex/updat': expected configs"),
        ({"encoder": {"train": "ex/update m/typo"}}, "expected configs"),
        ({"encoder": {"train": "ex/update", "then": "eval"}}, "stages.encoder.then: expected a list"),
        ({"encoder": {"train": "ex/update --load last"}}, "leave --load out"),
        ({"first": {"train": "ex/update"}}, "give it another name"),
    ],
)
def test_stages_of_another_form_are_refused(stages: Any, complaint: str) -> None:
    with pytest.raises(CallError, match=complaint):
        planned(stages)


def test_an_axis_cannot_be_called_stage() -> None:
    first = plan_runs(["d/room"], {}, {"stage": ["m/ae"]}, (0,), CONFIGS.__contains__)
    with pytest.raises(CallError, match="--grid stage"):
        with_stages(first, parse_stages(WRITTEN, CONFIGS.__contains__))
