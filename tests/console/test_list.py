"""`fig list` and `fig delete-run`: what exists, and how a run goes."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from ..configs import LIBRARY
from .conftest import FIG, Command, environment


def make_run(root: Path, name: str, status: str = "completed", step: int = 10, created: str = "2026") -> Path:
    """A run folder as the design describes it."""
    run = root / name
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints/step-000000010.pt").write_bytes(bytes(2000))
    (run / "results").mkdir()
    (run / "results/eval-val.json").write_text("{}")
    (run / "lock").touch()
    (run / "config.yaml").touch()
    info = {"schema": 1, "name": name, "status": status, "step": step, "budget": 20, "created": created}
    (run / "run.json").write_text(json.dumps(info))
    return run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    make_run(tmp_path, "3ds_ae_261121-213000", created="2026-11-21")
    make_run(tmp_path, "vec_vae_261122-213000", "running", 5, created="2026-11-22")
    return tmp_path


def test_components_are_listed_with_arguments_defaults_and_summary(fig: Command) -> None:
    listed = fig("list", "components").out
    assert "encoder:\n" in listed
    assert "An encoder with a width for each layer." in listed
    assert "(feature_dim, widths=(1, 2, 3), lr=0.1, flag=False, label='x', seed=-1)" in listed
    assert "beta-vae" not in fig("list", "components", "smal*").out


def test_configs_are_listed_with_their_first_lines(fig: Command) -> None:
    listed = fig("list", "configs", "m/pai").out
    assert listed == "configs m/:\n  m/pair  The pair with its parts (a test's own)\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("configs", "m/pair"),
            ("The pair with its parts (a test's own)", "config/m/pair.yaml", "model._type"),
        ),
        (("components", "small"), ("encoder small", "--model.encoder.widths", "(1, 2, 3)]")),
        (("metrics", "beta-vae"), ("metric beta-vae",)),
        (("figures", "traversals"), ("figure traversals", "Each latent on its way")),
    ],
)
def test_what_is_named_in_full_has_a_card(
    fig: Command, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    answer = fig("list", *words)
    assert answer.code == 0, answer.err
    assert [text for text in said if text not in answer.out] == []


def test_a_metrics_card_names_the_configs_that_compute_it(in_repository: Command) -> None:
    card = in_repository("list", "metrics", "mig").out
    assert "(I₁ₖ − I₂ₖ) / H(vₖ)" in card
    assert "--metrics.mig.bins" in card
    assert "  eval/sae" in card
    assert "metric jemmig" not in card


def test_datasets_are_listed_by_what_one_trains_on(in_repository: Command, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    lines = in_repository("list", "datasets", "--dataroot", str(tmp_path)).out.splitlines()
    rows = {line.split()[0]: line for line in lines}
    assert lines[0].split(maxsplit=3) == ["config", "images", "factors", "on disk, or how to get it"]
    assert rows["d/3ds"].split(maxsplit=4)[1:4] == ["480,000", "of", "3×64×64"]
    assert rows["d/3ds"].endswith(f"6        fig download-dataset 3ds --dataroot {tmp_path}")
    assert rows["d/mnist"].endswith("here")
    assert rows["d/sprites32"].endswith("rendered on first use")
    assert rows["d/folder"].endswith("your folder: --path DIR")
    assert set(rows) - {"config"} == {name for name in LIBRARY.paths if name.startswith("d/")}


def test_a_runs_card_says_how_it_stands(fig: Command, runs: Path) -> None:
    card = fig("list", "runs", "3ds_ae_261121-213000", "--saveroot", str(runs)).out
    assert "completed, step 10 of 20" in card
    assert str(runs / "3ds_ae_261121-213000") in card
    assert "results eval-val" in card


@pytest.mark.parametrize(
    ("topic", "name"), [("datasets", "dots"), ("methods", "pair"), ("metrics", "beta-vae")]
)
def test_each_kind_has_its_topic(fig: Command, topic: str, name: str) -> None:
    assert name in {line.split()[0] for line in fig("list", topic).out.splitlines() if line}


def test_the_overview_counts_and_names_the_topics(fig: Command, runs: Path) -> None:
    overview = fig("list", "--saveroot", str(runs)).out
    assert "methods" in overview
    assert f"2 in {runs}" in overview


def test_runs_are_listed_newest_first_with_status_step_and_size(fig: Command, runs: Path) -> None:
    lines = fig("list", "runs", DISENTCLI_RUNS=str(runs)).out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["vec_vae_261122-213000", "killed"],  # it says running, but nobody holds its lock
        ["3ds_ae_261121-213000", "completed"],
    ]
    assert "10/20" in lines[2]
    assert "2.1 kB" in lines[2]
    assert "eval-val" in lines[2]
    with open(runs / "vec_vae_261122-213000/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "running" in fig("list", "runs", "vec*", "--saveroot", str(runs)).out
    assert "no runs fit 'xyz'" in fig("list", "runs", "xyz", "--saveroot", str(runs)).out


def test_the_root_of_the_runs_is_the_projects(fig: Command, own_project: Path) -> None:
    make_run(own_project / "trained_nets", "here")
    (own_project / "below").mkdir()
    assert "here" in fig("list", "runs", cwd=own_project / "below").out


def test_a_run_is_not_deleted_unasked(fig: Command, runs: Path) -> None:
    answer = fig("delete-run", "3ds_ae_261121-213000", "--saveroot", str(runs))
    assert answer.code == 2
    assert "--yes" in answer.err
    assert (runs / "3ds_ae_261121-213000").is_dir()


def test_a_run_is_deleted_after_a_yes(fig: Command, runs: Path) -> None:
    answer = fig("delete-run", "3ds_ae_261121-213000", "--saveroot", str(runs), "--yes")
    assert (answer.code, answer.out) == (0, f"deleted {runs}/3ds_ae_261121-213000\n")
    assert os.listdir(runs) == ["vec_vae_261122-213000"]


@pytest.mark.parametrize(("typed", "code", "left"), [("n\n", 1, 2), ("\n", 1, 2), ("y\n", 0, 1)])
def test_the_question_at_a_terminal(project: Path, runs: Path, typed: str, code: int, left: int) -> None:
    master, slave = pty.openpty()
    os.write(master, typed.encode())
    command = [FIG, "delete-run", "3ds_ae_261121-213000", "--saveroot", str(runs)]
    done = subprocess.run(
        command, cwd=project, env=environment(), stdin=slave, capture_output=True, text=True
    )
    os.close(slave)
    os.close(master)
    assert "completed, step 10, 2.1 kB" in done.stdout
    assert (done.returncode, len(os.listdir(runs))) == (code, left)


def test_a_run_at_work_is_not_deleted(fig: Command, runs: Path) -> None:
    with open(runs / "vec_vae_261122-213000/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = fig("delete-run", "vec_vae_261122-213000", "--saveroot", str(runs), "--yes")
    assert answer.code == 1
    assert "is being written" in answer.err
    assert len(os.listdir(runs)) == 2


@pytest.mark.parametrize(
    ("words", "said"), [((), "name one run"), (("xyz",), "no run of the very name 'xyz'")]
)
def test_the_run_must_be_named(fig: Command, runs: Path, words: tuple[str, ...], said: str) -> None:
    answer = fig("delete-run", *words, "--saveroot", str(runs), "--yes")
    assert answer.code == 2
    assert said in answer.err


@pytest.mark.parametrize(
    "name", ["", ".", "..", "3ds", "last", "*", "{root}/3ds_ae_261121-213000", "linked", "foreign"]
)
def test_only_a_run_of_the_very_name_is_deleted(fig: Command, runs: Path, tmp_path: Path, name: str) -> None:
    (runs / "linked").symlink_to(runs / "3ds_ae_261121-213000")
    (runs / "foreign").mkdir()
    (runs / "foreign/run.json").write_text('{"what": "of another tool"}')
    before = sorted(runs.rglob("*"))
    answer = fig("delete-run", name.format(root=runs), "--saveroot", str(runs), "--yes")
    assert answer.code == 2
    assert len(answer.err.splitlines()) <= 2
    assert sorted(runs.rglob("*")) == before
