"""Every python block of the README and the docs runs, one after the other of a page, in a project folder."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command
from disentcli.registry import catalog

from ..commands.in_process import Place
from .pages import PAGES, Block, blocks, commands, config_paths, shown, write_files

BLOCKS = {page: [one for one in blocks(page) if one.language == "python"] for page in PAGES}
LANGUAGES = {"bash", "console", "python", "yaml", "", "text", "mermaid", "bibtex", "toml", "json"}
MOST_NOT_RUN = 2


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCKS[page]], ids=shown)
def test_the_blocks_of_a_page_run_in_order(page: Path, project: Path) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    write_files(page, project, ".py")
    for block in BLOCKS[page]:
        if block.file:
            import_module(block.file.removesuffix(".py").replace("/", "."))
        elif not block.not_run:
            exec(_compiled(block), names)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any("--module" in one.words for one in commands(page))], ids=shown
)
def test_commands_that_name_a_module_of_the_page_run(
    page: Path, project: Path, docs_runs: Path, dataroot: Path
) -> None:
    write_files(page, project, ".py")
    store = ConfigStore(config_paths(page, project), project)
    place = Place(docs_runs, dataroot, project)
    for command in commands(page):
        if "--module" in command.words and command.words[0] in ("eval-metrics", "figures"):
            answer = place.fig(*command.words, "--points", 60)
            assert answer.code == 0, answer.err
        elif "--module" in command.words:  # test_worked_example.py trains it
            catalog.include("mine")
            check_command(command.words, store)


def test_blocks_that_do_not_run_are_few_and_compile() -> None:
    not_run = [block for found in BLOCKS.values() for block in found if block.not_run]
    assert len(not_run) <= MOST_NOT_RUN
    for block in not_run:
        ast.parse(block.text)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


def _compiled(block: Block) -> object:
    """The code, which a traceback shows at its place in the page."""
    return compile("\n" * (block.line - 1) + block.text, str(block.page), "exec")
