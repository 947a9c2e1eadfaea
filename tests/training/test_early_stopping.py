"""Early stopping: where it ends a training, that a resumed one ends there too, and what it refuses."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.methods.absae import AbsAE
from disentcli.metrics.evaluate import BoundMetric
from disentcli.metrics.mig import mig
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.training.callbacks import check_early_stopping
from disentcli.training.early_stopping import EarlyStopping
from disentcli.training.options import TrainOptions
from disentcli.training.state import TrainingState

from ..configs import trained
from . import tiny_world as tiny
from .test_loop import stop_at
from .test_validation_metrics import grid, scores

EARLY = EarlyStopping(patience=3)
RISING = {"lr": 0.6}  # so large that the loss soon rises


def losses(run: Run) -> dict[int, float]:
    lines = read_scalars(run.records)
    return {line["step"]: line["val/loss"] for line in lines if "val/loss" in line}


def watching(monitor: str, **changes: object) -> TrainOptions:
    return tiny.options(10, early_stopping=EarlyStopping(1, monitor=monitor, mode="max"), **changes)


def expected_end(found: dict[int, float], patience: int, min_delta: float = 0.0) -> tuple[int, int]:
    """The step at which a training with these validation losses ends, and its best one."""
    best, waited = min(found), 0
    for step in sorted(found)[1:]:
        better = found[step] < found[best] - min_delta
        best, waited = (step, 0) if better else (best, waited + 1)
        if waited == patience:
            return step, best
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("patience", "min_delta"), [(1, 0.0), (3, 0.0), (2, 0.5)])
def test_it_ends_after_so_many_validations_without_an_improvement(
    tmp_path: Path, patience: int, min_delta: float
) -> None:
    whole = tiny.new_run(tmp_path, beginning := tiny.state(budget=400, **RISING))
    tiny.go_on(whole, beginning, 400, checkpoint_keep=50)
    end, best = expected_end(losses(whole), patience, min_delta)
    run = tiny.new_run(tmp_path, beginning := tiny.state(budget=400, **RISING))
    early = EarlyStopping(patience, min_delta=min_delta)
    outcome = tiny.go_on(run, beginning, 400, early_stopping=early)
    assert (outcome.status, outcome.step, outcome.exit_code) == ("completed", end, 0)
    info = run.info()
    assert (info["status"], info["stopped_by"]) == ("completed", "early stopping")
    assert (info["step"], info["best_step"]) == (end, best)
    assert {end, best} <= set(checkpoint.steps(run))
    assert tiny.same(tiny.weights(run), tiny.weights(whole, end))


@pytest.mark.parametrize("cut", [30, 47])
def test_a_resumed_training_ends_where_it_would_have(tmp_path: Path, cut: int) -> None:
    def new(folder: str) -> tuple[Run, TrainingState]:
        beginning = tiny.state(budget=400, **RISING)
        (tmp_path / folder).mkdir()
        return tiny.new_run(tmp_path / folder, beginning), beginning

    whole, beginning = new("whole")
    end = tiny.go_on(whole, beginning, 400, early_stopping=EARLY).step
    assert end > cut
    run, beginning = new("cut")
    stop_at(beginning, cut)
    tiny.go_on(run, beginning, 400, early_stopping=EARLY)
    again = tiny.state(budget=400, **RISING)
    again.load_state_dict(checkpoint.load(run))
    outcome = tiny.go_on(run, again, 400, early_stopping=EARLY)
    assert (outcome.step, outcome.converged) == (end, True)
    assert tiny.same(tiny.weights(run), tiny.weights(whole))
    assert losses(run) == losses(whole)
    assert tiny.go_on(run, again, 400, early_stopping=EARLY).step == end  # once more changes nothing


def test_another_term_begins_a_search_of_its_own(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=40)
    state = tiny.state(budget=80)
    state.load_state_dict(checkpoint.load(run))
    assert state.best_step is not None
    tiny.go_on(run, state, 80, early_stopping=EarlyStopping(9, monitor="kl"))
    terms = {line["step"]: line["val/kl"] for line in read_scalars(run.records) if "val/kl" in line}
    assert run.info()["best_step"] == min((60, 80), key=lambda step: terms[step])


def test_scores_improve_the_way_that_is_known_of_them() -> None:
    assert EarlyStopping(1, monitor="mig").value({"mig.mig": 0.25}) == -0.25
    assert EarlyStopping(1, monitor="kl").value({"kl": 2.0}) == 2.0
    assert EarlyStopping(1, monitor="kl", mode="max").value({"kl": 2.0}) == -2.0
    assert EarlyStopping(1).value({"loss": float("nan")}) == float("inf")
    with pytest.raises(CallError, match="lower or higher"):
        EarlyStopping(1, monitor="mig.ceiling").value({"mig.ceiling": 1.0})
    assert EarlyStopping(1, monitor="mig").value({"loss": 1.0}) == float("inf")  # no score this time
    with pytest.raises(CallError, match="There is: kl, loss"):
        EarlyStopping(1, monitor="nope").check({"kl": 1.0, "loss": 1.0})


def test_what_cannot_be_stopped_so_is_refused_before_it_begins() -> None:
    data = tiny.dataset()
    splits = tiny.splits(data)
    state = tiny.state()
    check_early_stopping(state, data, splits, tiny.options(10, early_stopping=EARLY))
    with pytest.raises(CallError, match="unknown validation term 'nope'"):
        check_early_stopping(
            state, data, splits, tiny.options(10, early_stopping=EarlyStopping(1, monitor="nope"))
        )
    with pytest.raises(CallError, match="validation"):
        tiny.options(10, early_stopping=EARLY, validation_freq=0)
    assert type(tiny.model()).active_players is not AbsAE.active_players
    state.has_stages = True
    with pytest.raises(CallError, match="give each stage its budget"):
        check_early_stopping(state, data, splits, tiny.options(10, early_stopping=EARLY))


def test_a_score_that_no_validation_has_is_refused_with_those_that_it_has() -> None:
    data, state = grid(), tiny.state()
    splits = tiny.splits(data)
    measured = scores(BoundMetric("mig", mig, {"bins": 5}))
    check = partial(check_early_stopping, state, data, splits)
    for monitor in ("mig", "mig.mig", "kl"):
        check(watching(monitor, validation_metrics=measured))
    with pytest.raises(CallError, match=r"There is: kl, loss, mig\.ceiling, mig\.mig, reconstruction"):
        check(watching("mig.nope", validation_metrics=measured))
    with pytest.raises(CallError, match=r"There is: kl, loss, reconstruction\n.*--validation.metrics"):
        check(watching("mig"))


def test_a_score_on_data_without_factors_is_refused_before_the_run_is_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    call = {"validation.metrics": "mig", "early-stopping.patience": 2, "early-stopping.monitor": "mig"}
    np.savez(tmp_path / "images.npz", images=np.zeros((40, 32, 32), np.uint8))
    runs = tmp_path / "runs"
    with pytest.raises(CallError, match="unknown validation term 'mig'"):
        trained(
            *("a/conv12", "m/vae", "d/array"),
            data=tmp_path,
            runs=runs,
            **{"dataset.path": str(tmp_path / "images.npz"), **call},
        )
    assert "no mig: the data have no factors" in caplog.text
    assert not list(runs.glob("*"))


def test_a_metric_that_fails_later_stops_nothing_and_is_no_improvement(tmp_path: Path) -> None:
    calls = [0]

    def failing_at_last(codes: np.ndarray) -> dict[str, float]:
        calls[0] += 1
        if calls[0] > 2:
            raise RuntimeError("no such luck")
        return {"score": float(calls[0])}

    measured = scores(BoundMetric("score", failing_at_last, {}))
    early = EarlyStopping(2, monitor="score.score", mode="max")
    run, outcome = tiny.start(tmp_path, budget=200, early_stopping=early, validation_metrics=measured)
    assert (outcome.step, outcome.converged) == (80, True)
    assert (run.info()["status"], run.info()["best_step"]) == ("completed", 40)
