"""Facts that guides state by hand and the code decides: defaults, statuses, what metrics are offered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from disentcli.config.root_settings import ROOT
from disentcli.metrics.context import INJECTABLE
from disentcli.runs.run import STATUSES

from ..conftest import PROJECT

GUIDES = PROJECT / "docs" / "guides"


def rows(page: Path, head: str) -> list[list[str]]:
    """The cells of the table whose first row begins like this, without head and rule."""
    lines = page.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"| {head} |"))
    found = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


@pytest.mark.parametrize("page", ["run-directory", "logging"])
def test_defaults_are_those_of_the_settings(page: str) -> None:
    table = rows(GUIDES / f"{page}.md", "setting")
    assert table
    for key, _, default in table:
        assert float(default.replace(",", "")) == ROOT[key.strip("`-")].default, key


def test_every_status_of_a_run_is_explained() -> None:
    documented = {status.strip("`") for status, *_ in rows(GUIDES / "run-directory.md", "status")}
    assert documented == {*STATUSES, "killed", "damaged"}


def test_everything_that_metrics_are_offered_is_named() -> None:
    table = rows(GUIDES / "own-method.md", "argument")
    assert {name for names, _ in table for name in re.findall(r"`(\w+)`", names)} == set(INJECTABLE)
