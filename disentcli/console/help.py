"""The help pages: `fig -h`, `fig <script> -h`, and what these leave to `-h settings` and `-h configs`."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
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
MOST = 25  # settings on a page; of more, the rare ones stand on a page of their own
SETTINGS, CONFIGS = "settings", "configs"  # what can follow `fig <script> -h`
MODEL, DATA = {"model"}, {"dataset"}
#: what the configs of a folder set; those of the others are taken for parts of a model
SETS = {"d": DATA, "split": {"split"}, "ex": {"split"}, "view": {"view"}, "eval": {"metrics"}}
SETS |= {"paper": MODEL | DATA, "demo": MODEL | DATA, "study": {"grid"}, "default": set()}


def version() -> str:
    """The versions of disentcli, omnifig and torch, without importing them."""
    others = (f"{name} {installed_version(name) or 'not installed'}" for name in ("omnifig", "torch"))
    return "\n".join([f"disentcli {__version__}", *others])


def helppage(call: ParsedArgs, library: ConfigStore) -> str:
    """The page of the script that the call names, else the general one; CallError for an unknown script."""
    scripts = {entry.name: entry for entry in catalog.entries("script")}
    if call.script in scripts:
        entry, topic = scripts[call.script], next(iter(call.positionals), "")
        if topic in (SETTINGS, CONFIGS):
            return _settings(entry) if topic == SETTINGS else taken_configs(entry, library)
        return _script_page(entry, library)
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
                    ("-h, --help", "this page, or that of a script: fig train -h, fig help train"),
                    ("-V, --version", "versions of disentcli and its dependencies"),
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
        "\n".join(textwrap.wrap(entry.summary, _columns())),
        _settings(entry, short=True),
        _config_counts(entry, library),
    ]
    return "\n\n".join(part for part in parts if part)


def _settings(entry: Entry, *, short: bool = False) -> str:
    """All settings of a script; where there are many, a short page has those that are not rare."""
    rows = script_settings(entry)
    shown = [row for row in rows if not row.rare] if short and len(rows) > MOST else rows
    more = (
        "" if len(shown) == len(rows) else f"\n{len(rows) - len(shown)} more: fig {entry.name} -h {SETTINGS}"
    )
    return section("settings", [_setting_row(row) for row in shown]) + more


def _config_counts(entry: Entry, library: ConfigStore) -> str:
    """How many configs the script takes, by the first folder, and where they are described."""
    folders = Counter(f"{name.partition('/')[0]}/" if "/" in name else "" for name in _taken(entry, library))
    if not folders:
        return ""
    counts = ", ".join(f"{folder or 'config/'} {count}" for folder, count in sorted(folders.items()))
    each = f"fig {entry.name} -h {CONFIGS} · fig list configs PATTERN"
    return section("configs", [("how many", counts), ("each", each)])


def taken_configs(entry: Entry, library: ConfigStore) -> str:
    """The configs that a script takes, by group; a line where it takes none."""
    taken = set(_taken(entry, library))
    return configs(library, taken.__contains__) or f"`fig {entry.name}` takes no configs that come with it"


def _taken(entry: Entry, library: ConfigStore) -> list[str]:
    """Their names: those that set a node of the config which the script reads."""
    if entry.script.takes != "configs":
        return []
    nodes = {node.partition(".")[0] for node in entry.script.nodes or ()}
    everything = entry.script.nodes is None
    return [
        name
        for names in library.groups().values()
        for name in names
        if (sets := SETS.get(name.partition("/")[0], MODEL)) and (everything or sets & nodes)
    ]


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
    width = max(_columns(), 60) - left - 4
    lines = []
    for name, text in rows:
        first, *others = textwrap.wrap(text, width) or [""]
        lines.append(f"  {styled(name.ljust(left), 'cyan')}  {first}".rstrip())
        lines += [" " * (left + 4) + line for line in others]
    return lines


def _columns() -> int:
    """The width of the terminal; what goes elsewhere is not wrapped, for grep."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def _title(text: str) -> str:
    return styled(f"{text}:", "bold", sys.stdout)


def _yaml_like(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
