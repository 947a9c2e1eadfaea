"""The committed pages of docs/reference are what the code and the configs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from disentcli.config.root_settings import ROOT
from disentcli.registry import catalog
from docs.generate.arguments import type_words
from docs.generate.pages import FOLDER, PAGES

from ..configs import LIBRARY


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    committed = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert committed == PAGES[name](LIBRARY), "python -m docs.generate writes the pages anew"


def test_no_page_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} - {"index"} == set(PAGES)


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("method", "methods"),
        ("sampler", "methods"),
        ("weighting", "methods"),
        ("latent", "latents"),
        ("dataset", "datasets"),
        ("split", "splits-and-views"),
        ("view", "splits-and-views"),
        ("metric", "metrics"),
        ("logger", "loggers"),
        ("executor", "executors"),
    ],
)
def test_every_component_has_its_section(kind: str, page: str) -> None:
    headings = {line[4:] for line in text_of(page).splitlines() if line.startswith("### ")}
    own = {entry.name for entry in catalog.entries(kind) if entry.module.startswith("disentcli.")}
    assert own
    assert own <= headings


def test_every_setting_and_every_config_is_named() -> None:
    assert all(f"| `--{key}` |" in text_of("settings") for key in ROOT)
    assert all(f"| `{name}` |" in text_of("configs") for name in LIBRARY.paths)


def test_types_are_said_in_words() -> None:
    assert type_words(ROOT["budget"].type) == "whole number of at least 0"
    assert type_words(tuple[int, ...]) == "list of whole number"
    assert type_words(Path | None) == "path or none"
