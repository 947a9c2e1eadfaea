"""`fig train … --seeds 3 --grid reg-wt=1,4`: ordinary runs from one call, which go on as such."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from disentcli.config.call_check import check_call
from disentcli.config.coercion import CliText
from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError, DisentError
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.scripts.train import train
from disentcli.training.checkpointing import CheckpointManager
from disentcli.training.ensemble.ensemble import EnsembleTrainer

from ..configs import sheets, trained
from .in_process import Call

CONFIGS = ("m/vae", "d/vec")
SMALL = {
    "latent-dim": "3",
    "dataset.count": "300",
    "dataset.test-count": "50",
    "dataset.batch-size": "16",
    "records.freq": "10",
    "checkpoint.freq": "10",
    "logger": "none",
}
WORDS = (*CONFIGS, *(word for key, value in SMALL.items() for word in (f"--{key}", value)))
BOUND = 1e-5  # of weights after 20 steps of 1e-3


@pytest.fixture(scope="module")
def called(here: Call) -> subprocess.CompletedProcess[str]:
    return here("train", *WORDS, "--budget", 20, "--seeds", 3, "--grid", "reg-wt=1,4")


@pytest.fixture(scope="module")
def trained_runs(called: subprocess.CompletedProcess[str], runs: Path) -> dict[tuple[int, float], Run]:
    """The runs of that call by seed and weight."""
    assert called.returncode == 0, called.stderr
    found = [Run(path) for path in runs.iterdir()]
    return {(run.config()["seed"], run.config()["reg_wt"]): run for run in found}


def call(**arguments: str) -> int:
    """`fig train` with these arguments, in this process."""
    typed = {key.replace("_", "-"): CliText(value) for key, value in {"quiet": "true", **arguments}.items()}
    configs = [] if "resume" in arguments and "seeds" not in arguments else list(CONFIGS)
    small = {key: CliText(value) for key, value in SMALL.items()} if configs else {}
    stack = [ConfigLayer({**small, **typed}, "command line"), *sheets(*configs)]
    settings = Settings(stack, script="train", configs=configs, argv=["train", *configs])
    check_call(settings)
    return train(settings) or 0


def weights(run: Run) -> dict[str, torch.Tensor]:
    return dict(checkpoint.load(run)["model"])


def test_each_run_has_a_folder_like_any_other(
    called: subprocess.CompletedProcess[str], trained_runs: dict[tuple[int, float], Run]
) -> None:
    assert sorted(trained_runs) == [(seed, weight) for seed in (0, 1, 2) for weight in (1.0, 4.0)]
    names = {run.name for run in trained_runs.values()}
    for (seed, weight), run in trained_runs.items():
        assert run.name.startswith(f"vec_vae{weight:g}_e-c12_d-c12_seed{seed}_")
        info = run.info()
        assert (info["status"], info["step"], info["seed"]) == ("completed", 20, seed)
        assert set(info["together"]) == names
        assert checkpoint.steps(run) == [10, 20] or checkpoint.steps(run) == [0, 10, 20]
    rows = {line.split()[0]: line.split()[1:5] for line in called.stdout.splitlines() if "completed" in line}
    assert rows == {
        run.name: [str(seed), f"{weight:g}", "completed", "20"]
        for (seed, weight), run in trained_runs.items()
    }


def test_each_is_the_run_of_a_call_of_its_own(
    trained_runs: dict[tuple[int, float], Run], dataroot: Path, tmp_path: Path
) -> None:
    small = {key: CliText(value) for key, value in SMALL.items()}
    for seed, weight in ((0, 1.0), (2, 4.0)):
        alone = trained(
            *CONFIGS, data=dataroot, runs=tmp_path, budget=20, **{**small, "seed": seed, "reg-wt": weight}
        )
        ours = trained_runs[seed, weight]
        assert ours.config() == {**alone.config(), "extra": f"seed{seed}"}
        assert ours.info().keys() - {"plan", "configs", "together"} == alone.info().keys()
        torch.testing.assert_close(weights(ours), weights(alone), atol=BOUND, rtol=BOUND)


def test_a_sweep_of_the_same_words_finds_them(here: Call, trained_runs: dict[tuple[int, float], Run]) -> None:
    words = (*WORDS, "--budget", 20, "--grid", "reg-wt=1,4")
    dry = here("sweep", "train", *words, "--seeds", "0-3", "--dry-run")
    steps = [line.split()[0] for line in dry.stdout.splitlines()]
    assert sorted(steps) == ["completed"] * 6 + ["train"] * 2


def test_more_of_one_or_of_several(
    trained_runs: dict[tuple[int, float], Run], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISENTCLI_RUNS", str(runs))
    one, two, three = (trained_runs[seed, 4.0] for seed in (0, 1, 2))
    assert call(resume=one.name, budget="22") == 0
    assert call(resume=f"{two.name},{three.name}", budget="22") == 0
    for run in (one, two, three):
        assert (run.status(), run.info()["step"], run.config()["budget"]) == ("completed", 22, 22)
    with pytest.raises(CallError, match=r"(?s)at different steps.*--checkpoint 20"):
        call(resume="vec_vae*seed1*", budget="30")


def test_an_interrupted_ensemble_goes_on_by_the_line_it_ends_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISENTCLI_RUNS", str(tmp_path))
    usual = EnsembleTrainer.step_batch

    def step_batch(ensemble: EnsembleTrainer) -> int:
        if ensemble.step == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return usual(ensemble)

    monkeypatch.setattr(EnsembleTrainer, "step_batch", step_batch)
    new = {"seeds": "3,5", "name": "crowd", "budget": "1000", "quiet": "false"}
    assert call(**new) == 128 + signal.SIGINT
    printed = capsys.readouterr().out.splitlines()
    found = [Run(line) for line in printed[:2]]
    assert [run.name.rpartition("_")[0] for run in found] == ["crowd_seed3", "crowd_seed5"]
    for run in found:
        assert (run.status(), run.info()["step"], checkpoint.steps(run)[-1]) == ("interrupted", 7, 7)

    *_, pattern = shlex.split(printed[-1])
    assert call(resume=pattern, budget="9") == 0
    assert [(run.status(), run.info()["step"]) for run in found] == [("completed", 9)] * 2


class Killed(BaseException):
    """The end of a process in the middle of its work."""


def test_an_ensemble_killed_between_its_checkpoints_goes_on_from_the_newest_that_all_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one checkpoint kept; the first run has one more, of a validation where it alone was the best."""
    new = {"seeds": "3", "budget": "12", "checkpoint.keep": "1", "checkpoint.freq": "4"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert call(**new, saveroot=str(whole)) == 0
    usual, saves = checkpoint.save, []

    def save(run: Run, step: int, state: dict[str, Any]) -> Path:
        saves.append(step)
        if saves.count(8) == 3:
            raise Killed
        return usual(run, step, state)

    def is_best(manager: CheckpointManager, loss: float | None) -> bool:
        return loss is not None and manager.options.seed == 0 and manager.state.step == 6

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "save", save)
        patched.setattr(CheckpointManager, "is_best", is_best)
        with pytest.raises(Killed):
            call(**new, saveroot=str(killed), **{"validation.freq": "2"})
    found = sorted((Run(path) for path in killed.iterdir()), key=lambda run: run.name)
    assert [max(checkpoint.steps(run)) for run in found] == [8, 8, 4]
    assert all(4 in checkpoint.steps(run) for run in found)

    assert call(resume="vec_vae*", saveroot=str(killed)) == 0
    assert "go on from step 4" in capsys.readouterr().err
    for run, expected in zip(found, sorted(whole.iterdir()), strict=True):
        assert (run.status(), run.info()["step"]) == ("completed", 12)
        assert checkpoint.steps(run)[-1] == 12
        torch.testing.assert_close(weights(run), weights(Run(expected)), atol=BOUND, rtol=BOUND)


WRONG: list[tuple[dict[str, str], str]] = [
    ({"seeds": "2", "compile": True}, "many runs at once take --compile graph or false"),
    ({"seeds": "0"}, "expected how many"),
    ({"seeds": "3,3"}, "each once"),
    ({"seeds": "two"}, "expected how many"),
    ({"seeds": "2", "seed": "1"}, "--seed is of one run"),
    ({"seeds": "2", "resume": "last"}, "--resume is of one run"),
    ({"seeds": "2", "load": "last"}, "--load is of one run"),
    ({"seeds": "2", "shared": "last"}, "--shared is of one run"),
    ({"grid": "latent-dim=2,3"}, "fig sweep train … --grid latent-dim=2,3"),
    ({"grid": "reg-wt"}, "KEY=VALUE"),
    ({"grid": "reg-wt=1,big"}, "expected numbers, got 'big'"),
    ({"grid": "reg-wt=nan"}, "expected numbers, got 'nan'"),
    ({"grid": "reg-wt=1,1.0"}, "each value once"),
    ({"grid": "reg-wt=1,2", "reg-wt": "3"}, "both set reg-wt"),
    ({"grid": "reg-wt=1,2", "model._type": "qlae", "model.latent._type": "quantized"}, "qlae does not take"),
    ({"seeds": "2", "model._type": "factorvae"}, "players that take turns"),
    ({"seeds": "2", "dataset.batch-size": "1000"}, "batch size"),
    ({"seeds": "2", "colour": "3"}, "--colour"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[str(one) for one, _ in WRONG])
def test_a_wrong_call_is_refused_before_any_run_is_made(
    arguments: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISENTCLI_RUNS", str(tmp_path))
    with pytest.raises(DisentError, match=message) as caught:
        call(**{"budget": "5", **arguments})
    assert caught.value.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_seeds_and_grid_of_a_config_are_for_its_sweep(tmp_path: Path) -> None:
    call_of_a_sweep = ConfigLayer({"seeds": "3", "grid": {"reg-wt": [1, 4]}}, "study.yaml")
    small = {key: CliText(value) for key, value in SMALL.items()}
    typed = {"saveroot": str(tmp_path), "budget": 2, "quiet": True, **small}
    stack = [ConfigLayer(typed, "command line"), call_of_a_sweep, *sheets(*CONFIGS)]
    assert train(Settings(stack, script="train", argv=["train"])) == 0
    (run,) = tmp_path.iterdir()
    assert json.loads((run / "run.json").read_text())["seed"] == 0
