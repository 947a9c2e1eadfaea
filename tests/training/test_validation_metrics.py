"""Metrics while training: recorded at each validation, never in the way."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import torch

from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.metrics.evaluate import BoundMetric
from disentcli.metrics.mig import mig
from disentcli.runs.records import read_scalars
from disentcli.training.validation_metrics import ValidationMetrics

from . import tiny_world as tiny


def failing(codes: np.ndarray) -> NoReturn:
    raise RuntimeError("no such luck")


def scores(*calls: BoundMetric) -> ValidationMetrics:
    return ValidationMetrics(calls, points=100, test_points=50, seed=0)


def grid_rows() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (24, 16), dtype=np.uint8)


def grid() -> Dataset:
    """The tiny images as a full grid of two factors."""
    return Dataset("grid", grid_rows(), tiny.SHAPE, grid=FactorSpace(("a", "b"), (4, 6)))


def test_scores_are_measured_in_evaluation_mode_and_repeat_exactly() -> None:
    model, probe = tiny.model().train(), scores(BoundMetric("mig", mig, {"bins": 5}))
    state = torch.get_rng_state()
    first = probe.measure(model, grid(), np.arange(24), 8)
    assert "mig.mig" in first
    assert first == probe.measure(model, grid(), np.arange(24), 8)
    assert model.training
    assert torch.equal(state, torch.get_rng_state())


def test_a_metric_that_fails_or_is_unsupported_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = scores(BoundMetric("failing", failing, {}), BoundMetric("mig", mig, {}))
    for _ in range(2):
        assert probe.measure(tiny.model(), tiny.dataset(), np.arange(9), 8) == {}
    assert [record.getMessage() for record in caplog.records] == [
        "validation.metrics: no failing: RuntimeError: no such luck",
        "validation.metrics: no mig: the data have no factors",
    ]


def test_a_warning_of_a_score_is_told_once_and_the_score_recorded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = scores(BoundMetric("mig", mig, {}))
    for _ in range(2):
        assert "mig.mig" in probe.measure(tiny.model(), grid(), np.arange(24), 8)
    (record,) = caplog.records
    assert record.getMessage().startswith("validation.metrics: mig: few points: 100 for 20 bins × 6 classes")


def test_training_with_metrics_is_the_same_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, _ = tiny.start(tmp_path / "plain", budget=45)
    monkeypatch.setattr(ValidationMetrics, "measure", lambda *_: {"mig.mig": 0.5})
    scored, _ = tiny.start(tmp_path / "scored", budget=45, validation_metrics=scores())
    lines = read_scalars(scored.records)
    assert [line["step"] for line in lines if "val/mig.mig" in line] == [20, 40, 45]
    for line in lines:
        line.pop("val/mig.mig", None)
    assert lines == read_scalars(plain.records)


def test_points_come_from_a_whole_grid_or_else_from_the_validation_images() -> None:
    """The value is that of exactly these images."""
    call, validation = BoundMetric("mig", mig, {"bins": 5}), np.arange(0, 24, 2)
    probe, labels = scores(call), grid().factors()
    other = Dataset(
        "other", grid_rows(), tiny.SHAPE, labels=labels, factor_names=("a", "b"), factor_sizes=(4, 6)
    )
    model = tiny.model()
    found = probe.measure(model, other, validation, 8)["mig.mig"]
    with torch.no_grad():
        codes = model.eval().encode(other.batch(torch.from_numpy(validation))).numpy().astype(float)
    assert found == pytest.approx(mig(codes, labels[validation], bins=5)["mig"], abs=1e-9)
    whole = [probe.measure(model, grid(), part, 8)["mig.mig"] for part in (validation, validation[:2])]
    assert whole[0] == whole[1]
