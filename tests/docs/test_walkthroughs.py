"""The README's five minutes and the tutorial, typed from first to last, each in a project of its own.

Little is computed: a new training takes `--budget 3`, one that is resumed `--budget 5`, in configs the
`budget` is 3, and evaluations look at few points; pictures are small, and of the matrices that metrics give
one is drawn. Everything else is typed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from disentcli.plots import drawing, metric_arrays

from ..commands.in_process import Place
from ..conftest import PROJECT
from .pages import README, Block, blocks, commands, section

TUTORIAL = PROJECT / "docs" / "tutorial.md"
FEW = {
    "train": ("--budget", "3"),
    "eval": ("--limit", "32"),
    "eval-metrics": (
        *("--points", "60", "--test-points", "30"),
        *("--metrics.responses.num-traversals", "1", "--metrics.responses.num-samples", "8"),
    ),
}


@pytest.fixture
def place(tmp_path: Path, dataroot: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A project as `disentcli init` makes it, but for its example."""
    monkeypatch.setattr(drawing, "DPI", 40)
    usual = metric_arrays.labelled_matrices
    monkeypatch.setattr(metric_arrays, "labelled_matrices", lambda *of: [*usual(*of)][:1])
    (tmp_path / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    return Place(tmp_path / "trained_nets", dataroot, tmp_path)


def lowered(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command with little to do."""
    if words[0] == "train" and "--resume" in words:
        return (*words, "--budget", "5")
    return (*words, *FEW.get(words[0], ()))


def walk(place: Place, page: Path, of: Iterable[Block]) -> int:
    """Write the files and type the commands of these blocks; the number of commands."""
    count = 0
    for block in of:
        if block.file:
            path = place.project / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(re.sub(r"^budget: \d+$", "budget: 3", block.text, flags=re.MULTILINE))
        for command in commands(page, [block]):
            if command.words[0] == "init" or command.printed.startswith("error:"):
                continue
            answer = place.fig(*lowered(command.words))
            assert answer.code == 0, f"{command}\n{answer.err}"
            count += 1
    return count


def test_the_tutorial_from_its_first_command_to_its_last(place: Place) -> None:
    assert walk(place, TUTORIAL, blocks(TUTORIAL)) >= 12
    runs = [path for path in place.runs.iterdir() if (path / "run.json").exists()]
    assert len(runs) == 3
    assert all((run / "results" / "metrics-demo.json").exists() for run in runs)
    assert (place.project / "all.html").exists()


def test_the_five_minutes_of_the_readme(place: Place) -> None:
    assert walk(place, README, section(README, "Five minutes")) >= 3
    (run,) = place.runs.iterdir()
    assert {path.name for path in run.iterdir()} >= {"checkpoints", "results", "figures", "config.yaml"}
