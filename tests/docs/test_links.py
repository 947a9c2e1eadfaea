"""Links between the README and the docs lead to pages, headings and pictures that exist."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import pytest

from ..conftest import PROJECT
from .pages import PAGES, README, prose, shown

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DOCS = PROJECT / "docs"
ANSWERS = {
    "checkpoints/` of the run": "where checkpoints are kept",
    "newest three, and the best one": "how many checkpoints",
    "@metric(": "how to add a metric",
    "changes how new images are generated": "what hybrid does",
    "A refused call says what was expected": "why a call was refused",
}


def links(page: Path) -> list[str]:
    """The targets of a page's links that lead into this repository."""
    return [link for link in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors that a code host and mkdocs make of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def target(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, anchor = target(page, link), link.partition("#")[2]
        assert path.exists(), f"{shown(page)}: {link}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{shown(page)}: {link}"


def test_every_page_can_be_found() -> None:
    found, left = {README}, deque([README])
    while left:
        page = left.popleft()
        reached = {target(page, link) for link in links(page)}
        left += [one for one in reached - found if one.suffix == ".md" and one.exists()]
        found |= reached
    guides = {page for page in PAGES if page.parent in (DOCS, DOCS / "guides")}
    assert guides <= found


@pytest.mark.parametrize("sentence", ANSWERS, ids=ANSWERS.get)
def test_what_readers_ask_is_answered_two_clicks_from_the_readme(sentence: str) -> None:
    pages = {README}
    for _ in range(2):
        pages |= {target(page, link) for page in pages for link in links(page)}
        pages = {page for page in pages if page.suffix == ".md" and page.exists()}
    assert any(sentence in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_file_of_the_repository_in_the_text_exists(page: Path) -> None:
    named = re.findall(r"`((?:disentcli|tests|benchmarks|config|docs)/[\w/.-]+\.\w+)`", prose(page))
    own = {"config/m/example.yaml"}  # of a project that `disentcli init` makes
    assert not [name for name in named if name not in own and not (PROJECT / name).exists()]


def test_pictures_are_small() -> None:
    pictures = [*(DOCS / "images").iterdir()]
    assert pictures
    assert all(picture.stat().st_size < 150_000 for picture in pictures)
