"""What the docs show of refused calls is what these print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..commands.in_process import Place
from .pages import PAGES, Command, commands, shown

SHOWN = [one for page in PAGES for one in commands(page) if re.match("error:|warning:", one.printed)]
ERRORS = next(page for page in PAGES if page.name == "errors.md")
MESSAGES = re.findall(r"^\| `([^|]+)`[^|]*\|", ERRORS.read_text(encoding="utf-8"), re.MULTILINE)


def plain(text: str) -> str:
    """Without folders and the seconds in the names of runs."""
    return re.sub(r"(\w)_\d{6}-\d{6}", r"\1", re.sub(r"[\w./-]*/(?=[\w-]+_\d{6}-\d{6}|local_data)", "", text))


@pytest.mark.parametrize("command", SHOWN, ids=str)
def test_a_refused_call_says_this(command: Command, docs_runs: Path, dataroot: Path) -> None:
    said = Place(docs_runs, dataroot).fig(*command.words).err
    for line in command.printed.strip().splitlines():
        assert plain(line) in plain(said)


def test_there_are_refusals() -> None:
    assert len(SHOWN) >= 6
    assert len(MESSAGES) > 12


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_in_the_tables_is_one_of_ours(message: str) -> None:
    package = Path(__file__).parents[2] / "disentcli"
    source = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", source)
    pieces = [piece for piece in re.split(r" ?… ?|'\w+'|\b\d+\b|\b3ds\b|\beval\b", message) if len(piece) > 4]
    assert pieces
    assert all(piece.strip() in joined for piece in pieces), f"{shown(ERRORS)}: {message}"
