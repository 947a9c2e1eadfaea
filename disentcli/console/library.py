"""The configs that can be stacked: those of the project, and the installed ones that it does not replace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core_yaml import read
from ..errors import CallError
from ..nearest import unknown
from .stacking import Sheet

EXTENSIONS = (".yaml", ".yml")


def installed_folder() -> Path:
    """The configs that come with disentcli: inside the installed package, else the checkout's `config/`."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "config"
    return inside if inside.is_dir() else package.parent / "config"


class Library:
    """Configs by name (`m/vae`), each with its file."""

    def __init__(self, paths: Mapping[str, Path], root: Path) -> None:
        self.paths = dict(paths)
        self.root = root
        installed = installed_folder()
        for path in sorted(installed.rglob("*")):
            if path.suffix in EXTENSIONS:
                self.paths.setdefault(path.relative_to(installed).with_suffix("").as_posix(), path)

    def find(self, name: str, asked_by: str = "") -> Path:
        """The file of a config; a name that ends in .yaml or .yml is a path from the current folder.

        Files and folders of the current folder never shadow a config's name.
        """
        if name in self.paths:
            return self.paths[name]
        if name.endswith(EXTENSIONS):
            if Path(name).is_file():
                return Path(name)
            raise CallError(f"{asked_by}there is no config file {name}")
        raise CallError(
            asked_by + unknown("config", name, self.paths, "`fig list configs` says what each is")
        )

    def read(self, path: Path) -> Sheet:
        """A config file; raises CallError naming the file if it is no YAML or a base is unknown."""
        shown = self.shown(path)
        sheet = Sheet(read(path, shown), shown, self._name(path))
        bases: Any = sheet.get("_base") or []
        sheet["_base"] = [bases] if isinstance(bases, str) else bases
        if not isinstance(sheet["_base"], list) or not all(isinstance(base, str) for base in sheet["_base"]):
            raise CallError(f"{sheet.source}: _base: expected a config's name or a list of names")
        for base in sheet["_base"]:
            self.find(base, f"{sheet.source}: _base: ")
        return sheet

    def stack(self, name: str) -> list[Sheet]:
        """A config and the configs beneath it, the strongest first."""
        sheet = self.read(self.find(name))
        return [sheet, *(below for base in sheet["_base"] for below in self.stack(base))]

    def knows(self, word: str) -> bool:
        """Whether a word of a call is meant as a config: the name of one, or a file."""
        return word in self.paths or word.endswith(EXTENSIONS)

    def stacks(self, names: Iterable[str]) -> list[Sheet]:
        """Several configs, each with those beneath it."""
        return [sheet for name in names for sheet in self.stack(name)]

    def shown(self, path: Path) -> str:
        """How messages name the file: from the project, else from the folder of installed configs."""
        for folder in (self.root, installed_folder().parent):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return str(path)

    def groups(self) -> dict[str, list[str]]:
        """Names by folder: `` for those at the top, then `a/d`, `a/e`, `d`, …"""
        table: dict[str, list[str]] = {}
        for name in sorted(
            self.paths, key=lambda one: [int(part) if part.isdigit() else 0 for part in one.split("/")]
        ):
            table.setdefault(name.rpartition("/")[0], []).append(name)
        return dict(sorted(table.items()))

    def _name(self, path: Path) -> str:
        return next((name for name, known in self.paths.items() if known == path), str(path))


def summary(path: Path) -> str:
    """The first-line comment of a config file."""
    with path.open(encoding="utf-8", errors="replace") as file:
        line = file.readline().strip()
    return line.lstrip("# ") if line.startswith("#") else ""
