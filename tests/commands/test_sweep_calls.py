"""A sweep is checked whole before its first run; its seeds and its folder come from the call or a config."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from .in_process import Place
from .probed_run import RUN, TRAIN, check_refused

SWEEPS = [
    ("--seed 5 --seeds 3", "--seeds"),
    ("--grid seed=1,2", "--seeds"),
    ("--grid saveroot=a,b", "--saveroot"),
    ("--grid reg-wt=abc", "abc"),
    ("--grid nothing=3", "--nothing"),
    ("--resume {run}", "--resume"),
    ("--plan x", "--plan"),
    ("--then [nope]", "nope"),
    ("--then [report]", "--load"),
    ("--then '[eval --limit 0]'", "limit"),
    ("--then '[eval --points 3]'", "--points"),
    ("--then '[eval --load last]'", "--load"),
    ("--then '[eval nope]'", "nope"),
    ("--then '[eval --mode nope]'", "nope"),
    ("--then '[eval-metrics --metrics nope]'", "nope"),
    ("--then '[eval-metrics --metrics mig --metrics.mig.bins many]'", "many"),
    ("--then '[figures --only nope]'", "nope"),
]


@pytest.mark.parametrize(("given", "name"), SWEEPS, ids=[given for given, _ in SWEEPS])
def test_a_sweep_is_checked_whole_before_its_first_run(given: str, name: str, place: Place) -> None:
    check_refused(place, ["sweep", *TRAIN.split(), *shlex.split(given.format(run=RUN))], name)


@pytest.mark.parametrize(
    "then", ["eval", "eval-metrics eval/vec", "figures --only traversals", "encode --out x.npz", "show"]
)
def test_a_sweep_takes_every_script_that_loads_a_run(then: str, place: Place) -> None:
    answer = place.fig("sweep", *TRAIN.split(), "--then", f"[{then}]", "--dry-run")
    assert answer.code == 0, answer.err


def test_a_sweep_trains_the_seed_that_it_is_given(place: Place, tmp_path: Path) -> None:
    def planned(*words: str) -> list[str]:
        answer = place.fig("sweep", *words, "--dry-run")
        assert answer.code == 0, answer.err
        return [line.split()[-1] for line in answer.out.splitlines()]

    assert planned(*TRAIN.split(), "--seed", "5") == ["5"]
    assert planned(*TRAIN.split(), "--seeds", "5-6") == ["5", "6"]
    (tmp_path / "study.yaml").write_text("_base: [m/vae, d/vec]\nseed: 7\n")
    (tmp_path / "several.yaml").write_text("_base: [m/vae, d/vec]\nseeds: 2\n")
    assert planned(str(tmp_path / "study.yaml")) == ["7"]
    assert planned(str(tmp_path / "several.yaml")) == ["0", "1"]
    assert planned(str(tmp_path / "several.yaml"), "--seed", "5") == ["5"]


def test_a_sweep_looks_for_its_runs_where_its_config_says(place: Place, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    other = Place(tmp_path / "runs", place.data)
    assert other.fig(*TRAIN.split(), "--seeds", "1", "--quiet", "--name", "one").code == 0
    (tmp_path / "study.yaml").write_text(f"_base: [m/vae, d/vec]\nsaveroot: {tmp_path / 'runs'}\n")
    (run,) = other.runs.glob("*/run.json")
    stored = json.loads(run.read_text())
    answer = place.fig("sweep", tmp_path / "study.yaml", "--dry-run")
    assert answer.out.split()[0] == "train"
    words = [str(tmp_path / "study.yaml"), "--budget", "3"]
    key = _key_of(words)
    del stored["crc32"]  # it is of what was written
    run.write_text(json.dumps({**stored, "plan": key}))
    answer = place.fig("sweep", *words, "--dry-run")
    assert answer.out.split()[0] == "completed", answer


def _key_of(words: list[str]) -> str:
    from disentcli.experiment.sweep_plan import plan_runs

    (one,) = plan_runs([words[0]], {"budget": words[2]}, {}, [0], lambda word: False)
    return one.sweep_key
