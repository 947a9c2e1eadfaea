"""CITATION.cff has the paper of every method and of every network that a config names."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from disentcli.config.config_store import summary
from disentcli.tables.method_table import summarize_methods

from ..configs import LIBRARY
from ..conftest import PROJECT

CITED: dict[str, Any] = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
REFERENCES = {
    (reference["authors"][0]["family-names"], reference["year"]) for reference in CITED["references"]
}
PAPER = re.compile(r"([A-Z][\w-]+|van den Oord) (?:et al\.|& [A-Z]\w+),? (?:[A-Z]+\w* )?(\d{4})")


def papers(text: str) -> set[tuple[str, int]]:
    """First author and year of the papers that a line names."""
    return {(author, int(year)) for author, year in PAPER.findall(text)}


def test_the_papers_of_all_methods_are_cited() -> None:
    named = {paper for method in summarize_methods(LIBRARY) for paper in papers(method.papers)}
    assert len(named) > 15
    assert named <= REFERENCES


@pytest.mark.parametrize("group", ["a", "a/ladder", "view", "semi", "split/correlated", "split/3ds"])
def test_the_papers_of_parts_are_cited(group: str) -> None:
    named = {paper for name in LIBRARY.groups()[group] for paper in papers(summary(LIBRARY.paths[name]))}
    assert named
    assert named <= REFERENCES


def test_notes_name_configs_that_exist() -> None:
    notes = " ".join(reference["notes"] for reference in CITED["references"])
    named = re.findall(r"\b((?:a|m|view|split|semi)/[a-z0-9/_-]*[a-z0-9])(?!\S*…)", notes)
    assert not [name for name in named if name not in LIBRARY.paths]
