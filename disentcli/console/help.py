"""The help pages: `fig -h` and `fig <script> -h`."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from ..config.config_store import ConfigStore, summary
from ..config.root_settings import Setting
from ..config.schema import script_settings
from ..errors import CallError
from ..registry import catalog
from ..registry.catalog import Entry
from ..registry.version import __version__, installed_version
from ..suggestions import unknown
from .argv import ParsedArgs
from .terminal import styled

ORDER = ("train", "eval", "eval-metrics", "download-dataset", "encode", "list", "show", "delete-run")


def version() -> str:
    """The versions of disentcli, omnifig and torch, without importing them."""
    others = (f"{name} {installed_version(name) or 'not installed'}" for name in ("omnifig", "torch"))
    return "\n".join([f"disentcli {__version__}", *others])


def helppage(call: ParsedArgs, library: ConfigStore) -> str:
    """The page of the script that the call names, else the general one; CallError for an unknown script."""
    scripts = {entry.name: entry for entry in catalog.entries("script")}
    if call.script in scripts:
        return _script_page(scripts[call.script], library)
    if call.script not in (None, "_"):
        raise CallError(unknown("script", call.script, scripts))
    return _general_page(list(scripts.values()), library)


def _general_page(scripts: list[Entry], library: ConfigStore) -> str:
    ordered = sorted(
        scripts, key=lambda one: (ORDER.index(one.name) if one.name in ORDER else len(ORDER), one.name)
    )
    groups = ", ".join(f"{group}/" if group else "config/" for group in library.groups())
    return "\n\n".join(
        [
            f"{_title('usage')} fig <script> [<config> …] [--key value …]",
            section("scripts", [(one.name, one.summary) for one in ordered]),
            section(
                "how configs stack",
                [
                    ("leftmost wins", "`fig train a b` reads a over b; --key value wins over all configs"),
                    (
                        "keys",
                        "- and _ are one; --model.optim.lr 1e-3 reaches inside, --widths.1 9 into a list",
                    ),
                    ("configs", f"{len(library.paths)} in {groups}"),
                ],
            ),
            section(
                "options of every script",
                [
                    ("-h, --help", "this page, or that of a script: fig train -h"),
                    ("--version", "versions of disentcli and its dependencies"),
                    ("--module NAME", "a module with your own components and scripts"),
                    ("--debug", "show the traceback of an error"),
                ],
            ),
            "More: fig train -h · fig list configs · fig list components · fig show <config> … · "
            "disentcli completion bash|zsh|fish",
        ]
    )


def _script_page(entry: Entry, library: ConfigStore) -> str:
    names = entry.script.takes != "configs"
    parts = [
        f"{_title('usage')} fig {entry.name} [<{'name' if names else 'config'}> …] [--key value …]",
        entry.summary,
        section("settings", [_setting_row(row) for row in script_settings(entry)]),
        "" if names else configs(library),
    ]
    return "\n\n".join(part for part in parts if part)


def _setting_row(row: Setting) -> tuple[str, str]:
    choices = f" ({', '.join(row.choices)})" if row.choices else ""
    shown = "" if row.default is None else f" [{_yaml_like(row.default)}]"
    variable = f", or ${row.env}" if row.env else ""
    return f"--{row.key}", f"{row.help}{choices}{shown}{variable}"


def configs(library: ConfigStore, fits: Callable[[str], bool] = lambda _: True) -> str:
    """Configs by group, each with the first-line comment of its file."""
    sections = []
    for group, names in library.groups().items():
        rows = [(name, summary(library.paths[name])) for name in names if fits(name)]
        if rows:
            sections.append(section(f"configs {group}/" if group else "configs", rows))
    return "\n\n".join(sections)


def section(title: str, rows: list[tuple[str, str]]) -> str:
    """A titled table of two columns; nothing where there are no rows."""
    return "\n".join([_title(title), *table(rows)]) if rows else ""


def table(rows: list[tuple[str, str]]) -> list[str]:
    """Two columns, the second wrapped to the width of a terminal; elsewhere a row is a line, for grep."""
    left = min(max((len(name) for name, _ in rows), default=0), 28)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    width = max(columns, 60) - left - 4
    lines = []
    for name, text in rows:
        first, *others = textwrap.wrap(text, width) or [""]
        lines.append(f"  {styled(name.ljust(left), 'cyan')}  {first}".rstrip())
        lines += [" " * (left + 4) + line for line in others]
    return lines


def _title(text: str) -> str:
    return styled(f"{text}:", "bold", sys.stdout)


def _yaml_like(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
