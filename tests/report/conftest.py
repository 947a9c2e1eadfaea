"""Runs to report: trained ones with a model and data, and bare ones with results alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from disentcli.methods.inference import Inference
from disentcli.report.page import ModelOf
from disentcli.runs.load import load_run
from disentcli.runs.run import Run

from ..toy_runs import make_run

Maker = Callable[..., Run]


@pytest.fixture
def bare(tmp_path: Path) -> Maker:
    """Makes a run with a config and nothing else."""

    def make(name: str = "bare", **config: object) -> Run:
        run = Run.create(tmp_path / "runs", name, {"seed": 0, **config}, {"command": ["fig", "train", "a"]})
        run.lock.release()
        return run

    return make


@pytest.fixture(scope="module")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> ModelOf:
    """Opens a run as the script does, its data lying in data/ beside its runs/."""

    def open_model(run: Run) -> tuple[Inference, np.ndarray, str]:
        loaded = load_run(run.path, dataroot=run.path.parents[1] / "data")
        return Inference(loaded.model, loaded.items), loaded.splits.val, ""

    return open_model


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small VAE on sprites."""
    return make_run(tmp_path_factory.mktemp("made"), "vae", method="vae")
