"""`fig train` through its settings: new runs, continued runs, runs from weights, runs rebuilt."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from disentcli import load_run
from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError, DisentError
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.scripts.train import train

from ..commands.in_process import Answer, Place
from ..conftest import PROJECT

VAE = {
    "latent_dim": 3,
    "reg_wt": 2.0,
    "budget": 12,
    "quiet": True,
    "dataset": {"_type": "vec", "count": 300, "test_count": 50, "batch_size": 16},
    "model": {
        "_type": "vae",
        "latent": {"_type": "gaussian"},
        "encoder": {"_type": "conv12", "width": 8, "hidden": [8]},
        "decoder": {"_type": "conv12", "width": 8, "hidden": [8]},
        "optim": {"_type": "adam", "lr": 1e-3},
    },
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISENTCLI_RUNS", str(tmp_path))
    return tmp_path


def call(config: dict[str, Any] | None = None, **arguments: Any) -> int:
    sheets = [
        ConfigLayer({"quiet": True, **arguments}, "command line"),
        *([ConfigLayer(config, "test.yaml")] if config else []),
    ]
    return train(Settings(sheets, script="train", argv=["train"])) or 0


def newest(root: Path) -> Run:
    return Run.find(root, "last")


@pytest.mark.parametrize(("val_share", "part"), [(0.1, ""), (0.0, " --mode train")])
def test_what_is_named_next_has_images_to_look_at(
    root: Path, val_share: float, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(VAE, quiet=False, split={"_type": "standard", "val_share": val_share}) == 0
    assert f"next: fig eval --load {newest(root).name}{part}\n" in capsys.readouterr().out


def test_a_new_run_has_its_name_config_and_description(root: Path) -> None:
    assert call(VAE) == 0
    run = newest(root)
    assert run.name.startswith("vec_vae2_e-c12_d-c12_")
    info = run.info()
    assert (info["status"], info["step"], info["budget"], info["seed"], info["device"]) == (
        "completed",
        12,
        12,
        0,
        "cpu",
    )
    assert info["data"] == "vec-0-300-50"
    assert info["versions"]["torch"] == torch.__version__
    assert info["command"] == ["fig", "train"]


def test_the_config_holds_what_is_needed_and_nothing_of_this_machine(root: Path) -> None:
    call(VAE, device="cpu", saveroot=str(root))
    config = newest(root).config()
    assert config["model"]["encoder"]["input_shape"] == [100]
    assert config["model"]["latent"]["latent_dim"] == config["latent_dim"] == 3
    assert config["model"]["optim"]["betas"] == [0.9, 0.999]
    assert config["checkpoint"] == {"freq": 10000, "minutes": 10.0, "keep": 3}
    assert config["dataset"]["batch_size"] == 16
    for key in ("device", "saveroot", "dataroot", "load", "resume", "overwrite", "_base", "_meta"):
        assert key not in config
    assert "root" not in config["dataset"]


def test_a_run_is_rebuilt_from_its_folder_alone(root: Path) -> None:
    call(VAE)
    loaded = load_run("last")
    assert loaded.step == 12
    assert loaded.config["reg_wt"] == 2.0
    indices = loaded.splits.test
    assert list(indices) == list(range(300, 350))
    codes = loaded.encode(indices)
    assert codes.shape == (50, 3)
    assert torch.equal(codes, loaded.encode(loaded.dataset.batch(torch.as_tensor(indices))))
    assert loaded.decode(codes).shape == (50, 100)
    state = checkpoint.load(loaded.run)["model"]
    assert all(torch.equal(value, state[name]) for name, value in loaded.model.state_dict().items())


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"_type": "wae", "latent": {"_type": "plain"}}, "wae compares the images of a batch"),
        ({"_type": "tcvae"}, "tcvae compares the images of a batch with each other, 2 or more"),
    ],
)
def test_a_batch_too_small_for_the_method_leaves_no_run(
    root: Path, model: dict[str, Any], reason: str
) -> None:
    config = {**VAE, "reg_wt": 2.0, "model": {**VAE["model"], **model}}
    with pytest.raises(CallError, match=f"{reason}.*; the batch size is 1: set --dataset.batch-size to 2"):
        call(config, **{"dataset.batch-size": 1})
    with pytest.raises(CallError, match=reason):
        call(config, **{"dataset.batch-size": 1, "seeds": "2"})
    assert not [path for path in root.iterdir() if path.name.startswith("vec")]
    assert call(VAE, **{"dataset.batch-size": 1}) == 0  # a VAE learns from one image at a time


def test_resume_needs_nothing_but_the_run(root: Path) -> None:
    call(VAE, budget=20)
    whole = checkpoint.load(newest(root))["model"]
    call(VAE)
    run = newest(root)
    assert call(resume="last", budget=20) == 0
    assert newest(root).path == run.path
    assert (run.info()["step"], run.config()["budget"]) == (20, 20)
    resumed = checkpoint.load(run)["model"]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_resume_from_an_earlier_checkpoint_drops_the_later(root: Path) -> None:
    call({**VAE, "checkpoint": {"freq": 5}})
    run = newest(root)
    before = checkpoint.load(run)["model"]
    assert checkpoint.steps(run) == [5, 10, 12]
    (run.path / checkpoint.file_name(12)).write_bytes(b"broken")
    with pytest.raises(DisentError, match=r"step-000000012\.pt is damaged .*\n.*--checkpoint 10"):
        call(resume="last")
    assert call(resume="last", checkpoint="10") == 0
    after = checkpoint.load(run)["model"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_load_starts_a_new_run_from_the_weights(root: Path) -> None:
    call(VAE)
    first = newest(root)
    assert call(load=first.name, budget=3, reg_wt=4.0, name="second") == 0
    second = newest(root)
    assert second.name.startswith("second_")
    assert second.info()["loaded"] == {"run": first.name, "step": 12}
    assert second.config()["reg_wt"] == second.config()["model"]["reg_wt"] == 4.0
    old, new = (
        checkpoint.load(first)["model"],
        checkpoint.load(second, 0)["model"] if 0 in checkpoint.steps(second) else {},
    )
    assert all(torch.equal(old[name], new[name]) for name in new)


def test_calls_that_cannot_be_are_refused_and_make_no_run(root: Path) -> None:
    call(VAE)
    run = newest(root)
    for arguments, message in (
        ({"resume": "last", "load": "last"}, "give one of them"),
        ({"resume": "nope"}, f"there are: {run.name}"),
        ({"resume": "last", "budget": 5}, "is at step 12, beyond the budget of 5"),
        ({"resume": "last", "checkpoint": "7"}, "has no checkpoint '7'"),
        ({"load": "last", "dataset": {"batch_size": 10**6}}, "batch"),
        ({"load": "last", "name": "a/b"}, "letters, digits"),
        ({"load": "last", "colour": 3}, "--colour"),
    ):
        with pytest.raises(CallError, match=message):
            call(**arguments)
    assert [path.name for path in root.iterdir()] == [run.name]
    assert run.status() == "completed"


def test_changed_data_are_noticed(root: Path) -> None:
    call(VAE)
    run = newest(root)
    info = json.loads((run.path / "run.json").read_text())
    del info["crc32"]  # it is of what was written
    (run.path / "run.json").write_text(json.dumps({**info, "data": "of another time"}))
    with pytest.raises(DisentError, match="the data are not those"):
        call(resume="last", budget=20)


def test_a_run_at_work_cannot_be_continued_by_another_process(root: Path) -> None:
    call(VAE)
    with newest(root).lock, pytest.raises(DisentError, match="is being written by pid"):
        call(resume="last", budget=20)


def test_the_command_stops_at_a_signal_with_its_code_and_goes_on(root: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "DISENTCLI_DATA": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "main.py", "train"]
    new = ["m/ae", "a/conv12", "d/vec", "--dataset.count", "300", "--budget", "100000", "--records.freq", "1"]
    process = subprocess.Popen(
        [*command, *new], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    run = Run(process.stdout.readline().strip())
    while not (run.records / "scalars.jsonl").is_file():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM
    step = run.info()["step"]
    assert (run.status(), checkpoint.steps(run)[-1]) == ("interrupted", step)
    more = ["train", "--resume", run.name, "--budget", step + 2, "--quiet"]
    assert Place(root, tmp_path / "data").fig(*more) == Answer(0, "", "")
    assert json.loads((run.path / "run.json").read_text())["status"] == "completed"


FALLING = {**VAE, "scheduler": {"_type": "cosine", "end": 0.0, "every": 1}, "records": {"freq": 1}}


def rates(run: Run) -> list[float]:
    return [line["lr"] for line in read_scalars(run.records)]


def test_a_larger_budget_continues_a_schedule_as_if_uninterrupted(root: Path) -> None:
    call(FALLING, budget=20, scheduler={"steps": 12})
    whole = newest(root)
    call(FALLING)
    run = newest(root)
    assert run.config()["scheduler"]["steps"] == 12
    assert call(resume=run.name, budget=16) == 0
    assert call(resume=run.name, budget=20) == 0
    expected = [1e-3 * (1 + math.cos(math.pi * (step / 12) ** math.exp(0.5))) / 2 for step in range(12)]
    assert rates(run) == rates(whole) == pytest.approx([*expected, *8 * expected[-1:]])
    first, second = checkpoint.load(whole)["model"], checkpoint.load(run)["model"]
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert (run.config()["budget"], run.config()["scheduler"]["steps"]) == (20, 12)


def test_a_run_of_before_has_a_schedule_of_the_budget_that_its_config_names(root: Path) -> None:
    call(FALLING)
    run = newest(root)
    config = run.config()
    del config["scheduler"]["steps"]
    run.write_config(config)
    call(resume=run.name, budget=14)
    assert rates(run)[11:] == 3 * rates(run)[11:12]
    assert run.config()["scheduler"]["steps"] == 12


def test_a_run_from_weights_has_a_schedule_of_its_own_budget(root: Path) -> None:
    call(FALLING)
    call(load="last", budget=6, name="second")
    assert newest(root).config()["scheduler"]["steps"] == 6
    call(load="last", budget=6, name="third", scheduler={"steps": 4})
    assert newest(root).config()["scheduler"]["steps"] == 4


def test_an_untrained_network_has_the_schedule_of_the_steps_that_follow(root: Path) -> None:
    call(FALLING, budget=0)
    call(resume="last", budget=8)
    assert newest(root).config()["scheduler"]["steps"] == 8
    assert rates(newest(root))[-1] < 1e-4


def test_a_schedule_without_length_is_refused(root: Path) -> None:
    with pytest.raises(CallError, match=r"scheduler\.steps .*expected a whole number of at least 1.*got 0"):
        call(FALLING, scheduler={"steps": 0})
    with pytest.raises(CallError, match="no _type says which scheduler it is"):
        call(VAE, scheduler={"steps": 5})
