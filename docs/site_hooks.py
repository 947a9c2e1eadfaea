"""What mkdocs asks while it builds the site: the order of the pages, and the pages of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "disentcli"
SECTIONS = {
    "Guides": "guides",
    "Reference": "reference",
    "Papers": "papers",
    "Coming from": "coming-from",
    "Results": "results",
    "Python API": "api",
    "Development": "development",
}
API = ("data", "nets", "latents", "methods", "metrics", "training", "runs")
LINK = re.compile(r"\]\(([\w/.-]+\.md)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts every page in its section, in the order in which the index of the section links to it."""
    top = _in_order(DOCS, sorted(path.name for path in DOCS.glob("*.md")))
    nav: list[Any] = list(top)
    for title, folder in SECTIONS.items():
        pages = [f"{name}.md" for name in API] if folder == "api" else _pages(folder)
        if pages:
            nav.append({title: [f"{folder}/{page}" for page in pages]})
    config.nav = nav
    return config


def _pages(folder: str) -> list[str]:
    found = sorted(path.relative_to(DOCS / folder).as_posix() for path in (DOCS / folder).rglob("*.md"))
    return _in_order(DOCS / folder, found)


def _in_order(folder: Path, pages: list[str]) -> list[str]:
    """The index, the pages that it links to, then the others."""
    index = folder / "index.md"
    linked = LINK.findall(index.read_text(encoding="utf-8")) if index.exists() else []
    return list(dict.fromkeys(page for page in ["index.md", *linked, *pages] if page in pages))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each folder of the API, made of docstrings."""
    for name in API:
        files.append(File.generated(config, f"api/{name}.md", content="\n\n".join(_api_page(name))))
    return files


def _api_page(name: str) -> Iterator[str]:
    yield f"# disentcli.{name}"
    for path in sorted((PACKAGE / name).rglob("*.py")):
        if path.name != "__init__.py":
            module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
            yield f"::: {module}"
