"""Runs of the information cascade, CascadeVAE and the Lie group VAE: resumed, evaluated, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.scripts.train import train

from ..commands.in_process import Place
from ..configs import trained

METHODS: dict[str, dict[str, Any]] = {
    "infocasc": {"model.warmup": 3},
    "cascade": {"latent-dim": 4, "model.warmup": 3, "model.disc_warmup": 4, "model.balance_wt": 0.5},
    "lievae": {"latent-dim": 4, "model.latent.subgroup_sizes": [9]},
}
SMALL = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 4}
BUDGET = 10


@pytest.fixture(scope="module", params=METHODS)
def run(request: pytest.FixtureRequest, dataroot: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of ten steps, in the middle of which the schedules move."""
    runs = tmp_path_factory.mktemp(request.param)
    changes = {**SMALL, **METHODS[request.param]}
    return trained("a/dislib", f"m/{request.param}", "d/sprites32", data=dataroot, runs=runs, **changes)


def answered(run: Run, dataroot: Path, *words: object) -> str:
    """What a command on this run says, which ends well."""
    answer = Place(run.path.parent, dataroot).fig(*words, "--load", "last", "--device", "cpu")
    assert answer.code == 0, answer.err
    return answer.out + answer.err


@pytest.mark.parametrize("stop", [3, 5])
def test_a_run_that_was_stopped_and_resumed_is_the_same_bit_by_bit(
    run: Run, stop: int, dataroot: Path, tmp_path: Path
):
    method = run.config()["model"]["_type"]
    changes = {**SMALL, **METHODS[method]}
    place = {"data": dataroot, "runs": tmp_path}
    trained("a/dislib", f"m/{method}", "d/sprites32", **place, budget=stop, **changes)
    call = {"resume": "last", "budget": BUDGET, "saveroot": str(tmp_path), "dataroot": str(dataroot)}
    layer = ConfigLayer({**call, "quiet": True, "device": "cpu"}, "command line")
    assert train(Settings([layer], script="train", argv=["train"])) == 0
    whole, resumed = (checkpoint.load(one) for one in (run, Run.find(tmp_path, "last")))
    assert whole["model"].keys() == resumed["model"].keys()
    assert all(torch.equal(value, resumed["model"][name]) for name, value in whole["model"].items())
    assert whole["losses"] == resumed["losses"]


def test_the_schedule_is_stored_with_the_weights(run: Run):
    state = checkpoint.load(run)["model"]
    if "restricted" in state:
        released = BUDGET // 3
        assert not state["restricted"][:released].any()
        assert state["restricted"][released:].all()
    if "latent.active" in state:
        assert state["latent.active"].item() == 1


def test_it_is_evaluated_and_measured(run: Run, dataroot: Path):
    answered(run, dataroot, "eval", "--limit", 20)
    found = json.loads((run.path / "results" / "eval-val.json").read_text())["scores"]
    assert np.isfinite([found["losses"]["loss"], found["reconstruction"]["psnr"]]).all()
    answered(run, dataroot, "eval-metrics", "--metrics", "mig", "--ident", "few")
    found = json.loads((run.path / "results" / "few.json").read_text())
    assert not found["reasons"]
    assert 0 <= found["scores"]["mig"]["mig"] <= 1


def test_its_figures_are_drawn(run: Run, dataroot: Path):
    answered(run, dataroot, "figures", "--only", "traversals,reconstructions", "--formats", "png")
    drawn = {path.stem for path in (run.path / "figures").rglob("*.png")}
    assert {"traversals", "reconstructions"} <= drawn


def test_the_matrices_of_a_lie_group_vae_are_measured_and_written_too(run: Run, dataroot: Path):
    if run.config()["model"]["_type"] != "lievae":
        pytest.skip("it has one representation")
    answered(
        run, dataroot, "eval-metrics", "--metrics", "mig", "--representation", "group", "--ident", "group"
    )
    found = json.loads((run.path / "results" / "group.json").read_text())
    assert found["settings"]["representation"] == "group"
    assert 0 <= found["scores"]["mig"]["mig"] <= 1
