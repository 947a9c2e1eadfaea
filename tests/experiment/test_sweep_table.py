"""What `fig sweep` calls for each of its runs; nothing is trained here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from disentcli.experiment.sweep_plan import plan_runs

from ..commands.in_process import Place

CONFIGS = ("m/vae", "d/vec")
ARGUMENTS = {
    "dataset.count": "300",
    "dataset.test-count": "50",
    "budget": "2",
    "device": "cpu",
    "quiet": "true",
}
WORDS = (*CONFIGS, *(word for key, value in ARGUMENTS.items() for word in (f"--{key}", value)))


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words after `fig` of each call, none of which is made."""
    calls: list[list[str]] = []

    def run(words: Sequence[str], common: Sequence[str], **_: object) -> int:
        calls.append([*words, *common])
        return 1

    monkeypatch.setattr("disentcli.experiment.sweep_task.run_fig", run)
    return calls


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "runs").mkdir()
    return Place(tmp_path / "runs", tmp_path / "data")


def pairs(words: list[str]) -> dict[str, str]:
    """The arguments of a call; one that is given twice would be a fault of its own."""
    keys = [word for word in words if word.startswith("--")]
    assert len(set(keys)) == len(keys)
    return {key: words[words.index(key) + 1] for key in keys}


def test_a_new_run_gets_the_arguments_the_seed_and_the_modules(place: Place, called: list[list[str]]) -> None:
    place.fig("sweep", "train", *WORDS, "--seed", "5", "--module", "colorsys")
    (words,) = called
    assert words[:3] == ["train", *CONFIGS]
    given = pairs(words)
    assert {key: given[f"--{key}"] for key in ARGUMENTS} == ARGUMENTS
    assert (given["--seed"], given["--module"]) == ("5", "colorsys")
    assert (given["--saveroot"], given["--dataroot"]) == (str(place.runs), str(place.data))


def test_a_continued_run_gets_what_belongs_to_the_call(place: Place, called: list[list[str]]) -> None:
    (one,) = plan_runs(CONFIGS, ARGUMENTS, {}, [0], lambda word: False)
    assert place.fig("train", *WORDS, "--name", "mine", "--plan", one.sweep_key).code == 0
    (run,) = place.runs.glob("*/run.json")
    info = {**json.loads(run.read_text()), "status": "interrupted"}
    del info["crc32"]  # it is of what was written
    run.write_text(json.dumps(info))
    place.fig("sweep", "train", *WORDS)
    (words,) = called
    assert words[:3] == ["train", "--resume", run.parent.name]
    given = pairs(words[3:])
    assert (given["--device"], given["--quiet"]) == ("cpu", "true")
    assert not given.keys() & {"--budget", "--seed", "--dataset.count"}
