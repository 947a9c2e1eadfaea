"""FID of a run's reconstructions and samples, with a stand-in for the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.evaluation.frechet import frechet_distances
from disentcli.methods.inference import Inference
from disentcli.runs.load import load_run

from ..toy_runs import VECTORS, make_run


class Corners(torch.nn.Module):
    """The image's mean and the mean of its upper half."""

    dimension = 2

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.stack([images.mean(dim=(1, 2, 3)), images[:, :, :16].mean(dim=(1, 2, 3))], dim=1)


def distances(folder: Path, **options):
    run = make_run(folder, "toy", **options)
    loaded = load_run(run.path, dataroot=folder / "data")
    inference = Inference(loaded.model, loaded.dataset, 8)
    return frechet_distances(inference, Corners(), np.arange(20), 30, seed=0)


def test_reconstructions_and_samples_are_compared_with_the_data(tmp_path: Path) -> None:
    scores, reason = distances(tmp_path, method="vae")
    assert scores["reconstruction"] > 0
    assert scores["sample"] > 0
    assert reason is None


def test_no_sampler_leaves_the_samples_out(tmp_path: Path) -> None:
    scores, reason = distances(tmp_path)
    assert scores["reconstruction"] > 0
    assert scores["sample"] is None
    assert "hybrid" in reason


def test_vectors_have_none(tmp_path: Path) -> None:
    scores, reason = distances(tmp_path, data=VECTORS)
    assert set(scores.values()) == {None}
    assert "reads images" in reason


def test_a_model_that_repeats_its_input_has_distance_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disentcli.methods.ae.AE.reconstruct", lambda self, batch: batch)
    scores, _ = distances(tmp_path)
    assert scores["reconstruction"] == pytest.approx(0, abs=1e-8)
