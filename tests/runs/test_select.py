"""Which runs a call means: names, prefixes, paths and patterns, each run once, in the order of the call."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from disentcli.errors import CallError
from disentcli.runs.run import Run
from disentcli.runs.select import find_runs, is_pattern


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    made = []
    for day, name in enumerate(("vec_ae", "vec_vae", "mpi_vae"), 1):
        run = Run.create(tmp_path, name, {}, when=datetime(2026, 11, day))
        run.lock.release()
        made.append(run.name)
    return made


def found(root: Path, *words: str) -> list[str]:
    return [run.name for run in find_runs(root, words)]


def test_a_pattern_means_all_that_fit_newest_first(tmp_path: Path, names: list[str]) -> None:
    assert found(tmp_path, "vec_*") == [names[1], names[0]]
    assert found(tmp_path, "*_vae_*") == [names[2], names[1]]


def test_a_run_that_is_named_twice_is_taken_once_where_it_came_first(
    tmp_path: Path, names: list[str]
) -> None:
    assert found(tmp_path, "mpi", "*", names[0], str(tmp_path / names[1])) == [names[2], names[1], names[0]]


def test_no_names_and_patterns_without_runs_are_refused(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(CallError, match="name the runs"):
        find_runs(tmp_path, [])
    with pytest.raises(CallError, match=r"no run in .* fits '\*_gan_\*'; see `fig list runs`"):
        find_runs(tmp_path, ["vec_*", "*_gan_*"])
    with pytest.raises(CallError, match="no run 'gan'"):
        find_runs(tmp_path, ["gan"])


def test_a_pattern_holds_a_wildcard() -> None:
    assert [is_pattern(text) for text in ("vec_*", "v?c", "[ab]c", "vec_ae", "")] == [True] * 3 + [False] * 2
