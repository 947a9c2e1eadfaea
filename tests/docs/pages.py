"""The pages of the documentation taken apart: fenced blocks, commands, files to be written, links.

Rules that the pages keep:
* ```bash is commands, ```console is `$ command` lines with what they printed, ```python runs;
* a block whose first line is `# mine/name.py` or `# config/name.yaml` is that file of a user's project;
* words in capitals (RUN, FILE.npz, DIR) stand for what is the reader's own;
* `<!-- not run: why -->` on the line above a python block says that it is only compiled;
* a table under `| their command | here |` has commands of a published system and those that do the same here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..conftest import PROJECT

README = PROJECT / "README.md"
PAGES = [README, *sorted((PROJECT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(\w*)\s*$")
FILE = re.compile(r"# ([\w./-]+\.(?:py|yaml))$")
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
COMMANDS = ("fig", "disentcli", "python main.py")
THEIRS = "| their command | here |"


@dataclass(frozen=True)
class Block:
    """A fenced block: `above` is the line over it, `line` the number of its first line."""

    page: Path
    line: int
    language: str
    text: str
    above: str = ""

    @property
    def file(self) -> str | None:
        """The file of a user's project that this block is; None where it is none."""
        found = FILE.match(self.text.partition("\n")[0])
        return found[1] if found else None

    @property
    def not_run(self) -> str | None:
        """Why this block cannot run; None where it runs."""
        found = NOT_RUN.search(self.above)
        return found[1] if found else None


@dataclass(frozen=True)
class Command:
    """A command line of a page, as words after `fig`, and what the page says it printed."""

    page: Path
    words: tuple[str, ...]
    printed: str = ""

    def __str__(self) -> str:
        return f"{shown(self.page)}: {shlex.join(self.words)}"


@dataclass(frozen=True)
class TheirCommand:
    """A row of a table of a published system's commands: what is typed there, and what is typed here."""

    page: Path
    line: int
    theirs: str
    here: str

    @property
    def commands(self) -> list[Command]:
        """The commands of the right column, in order; none where there is no counterpart."""
        return [one for code in re.findall(r"`(fig [^`]+)`", self.here) for one in _command(self.page, code)]


def shown(page: Path) -> str:
    """A page as messages and test names have it."""
    return page.relative_to(PROJECT).as_posix()


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found, lines, start = [], page.read_text(encoding="utf-8").splitlines(), None
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if start is None:
            start, language = number, fence[1]
        else:
            text = "\n".join(lines[start + 1 : number]) + "\n"
            found.append(Block(page, start + 2, language, text, lines[start - 1] if start else ""))
            start = None
    assert start is None, f"{shown(page)}: a block is not closed"
    return found


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks."""
    return re.sub(
        r"^ *```.*?^ *```\s*$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def our_prose(page: Path) -> str:
    """The same, without what is typed in a published system."""
    text = prose(page)
    for row in their_commands(page):
        text = text.replace(f"| {row.theirs} |", "|")
    return text


def section(page: Path, heading: str) -> list[Block]:
    """The blocks below a heading of the second level, up to the next one."""
    lines = page.read_text(encoding="utf-8").splitlines()
    first = lines.index(f"## {heading}") + 1
    last = next((n for n in range(first, len(lines)) if lines[n].startswith("## ")), len(lines))
    return [block for block in blocks(page) if first < block.line <= last]


def commands(page: Path, of: Iterable[Block] | None = None) -> Iterator[Command]:
    """The commands of a page's bash and console blocks, or of some of them, in order."""
    for block in blocks(page) if of is None else of:
        if block.language == "bash":
            for line in block.text.splitlines():
                yield from _command(page, line)
        elif block.language == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                line, _, printed = part.partition("\n")
                yield from _command(page, line, printed)


def inline_commands(page: Path) -> Iterator[Command]:
    """The complete commands in the running text and in tables; one with `…` in it is not complete."""
    for line in re.findall(r"`(fig [^`…]+)`", our_prose(page)):
        yield from _command(page, line)


def their_commands(page: Path) -> list[TheirCommand]:
    """The rows of all tables of a published system's commands on a page, in order."""
    lines, rows = page.read_text(encoding="utf-8").splitlines(), []
    for start in (number for number, line in enumerate(lines) if line == THEIRS):
        for number in range(start + 2, len(lines)):
            if not lines[number].startswith("|"):
                break
            theirs, here = (cell.strip() for cell in lines[number].strip("| ").split(" | "))
            rows.append(TheirCommand(page, number + 1, theirs, here))
    return rows


def _command(page: Path, line: str, printed: str = "") -> Iterator[Command]:
    for start in COMMANDS:
        if line.startswith(f"{start} "):
            words = tuple(shlex.split(line, comments=True)[len(start.split()) :])
            yield Command(page, words, printed)


def write_files(page: Path, folder: Path, suffix: str) -> dict[str, Path]:
    """The files with this suffix that a page has its reader write, in a project folder, by name."""
    written = {}
    for block in blocks(page):
        if block.file and block.file.endswith(suffix):
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            written[block.file] = path
    return written


def config_paths(page: Path, folder: Path) -> dict[str, Path]:
    """A page's own configs by the names that calls have for them."""
    written = write_files(page, folder, ".yaml")
    return {name.removeprefix("config/").removesuffix(".yaml"): path for name, path in written.items()}
