"""The configs that can be stacked: those of the project, and the installed ones that it does not replace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import CallError
from ..registry.discovery import files_below
from ..suggestions import unknown
from .config_layers import ConfigLayer
from .file_policy import data_only
from .precedence import by_precedence
from .yaml12 import read

EXTENSIONS = (".yaml", ".yml")


def installed_folder() -> Path:
    """The configs that come with disentcli: inside the installed package, else the checkout's `config/`."""
    package = Path(__file__).resolve().parent
    inside = package / "files"
    return inside if inside.is_dir() else package.parent.parent / "config"


def configs_in(folder: Path) -> dict[str, Path]:
    """The config files below a folder by their names in calls; of two with the same name the .yaml."""
    found: dict[str, Path] = {}
    for path in files_below(folder, *EXTENSIONS):
        found.setdefault(path.rpartition(".")[0], folder / path)
    return found


class ConfigStore:
    """Configs by name (`m/vae`), each with its file, which is read once: calls of a sweep share most."""

    def __init__(self, paths: Mapping[str, Path], root: Path) -> None:
        self.paths = dict(paths)
        self.root = root
        installed = installed_folder()
        for name, path in configs_in(installed).items():
            self.paths.setdefault(name, path)
        self._names = {path: name for name, path in reversed(self.paths.items())}
        self._layers: dict[Path, tuple[tuple[int, int, int], ConfigLayer]] = {}

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

    def read(self, path: Path) -> ConfigLayer:
        """A config file; raises CallError naming the file if it is no YAML or a base is unknown.

        One that is unchanged since it was read last is not read again. The layer is shared: do not change it.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise CallError(f"{self.shown(path)} cannot be read: {error.strerror}") from error
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if path not in self._layers or self._layers[path][0] != stamp:
            self._layers[path] = stamp, self._read(path)
        return self._layers[path][1]

    def _read(self, path: Path) -> ConfigLayer:
        shown = self.shown(path)
        layer = ConfigLayer(data_only(read(path, shown), shown), shown, self._name(path))
        bases: Any = layer.get("_base") or []
        layer["_base"] = [bases] if isinstance(bases, str) else bases
        if not isinstance(layer["_base"], list) or not all(isinstance(base, str) for base in layer["_base"]):
            raise CallError(f"{layer.source}: _base: expected a config's name or a list of names")
        layer["_base"] = [self._name(self.find(base, f"{layer.source}: _base: ")) for base in layer["_base"]]
        return layer

    def lineage(self, *names: str) -> list[ConfigLayer]:
        """These configs and those that they inherit from, the strongest first."""
        from omnibelt import linearize  # with numpy: completion does without

        asked = list(dict.fromkeys(self._name(self.find(name)) for name in names))
        layers: dict[str, ConfigLayer] = {}
        left = list(asked)
        while left:
            name = left.pop()
            if name not in layers:
                layers[name] = self.read(self.find(name))
                left += layers[name]["_base"]
        bases: dict[str | None, list[str]] = {name: layer["_base"] for name, layer in layers.items()}
        bases[None] = asked
        with order_errors(asked):
            order = linearize(bases)[None][1:]
        return by_precedence(layers[name] for name in order)

    def knows(self, word: str) -> bool:
        """Whether a word of a call is meant as a config: the name of one, or a file."""
        return word in self.paths or word.endswith(EXTENSIONS)

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
        return self._names.get(path, str(path))


@contextmanager
def order_errors(names: Iterable[str]) -> Iterator[None]:
    """The two complaints of a C3 order in words, as CallError."""
    from omnibelt import CycleDetectedError

    try:
        yield
    except CycleDetectedError as error:
        left = ", ".join(sorted(str(name) for name in error.remaining if name is not None))
        raise CallError(f"{left}: each has the others as _base; take one of these lines out") from None
    except TypeError as error:
        if "MRO" not in str(error):
            raise
        raise CallError(
            f"no order fits {' '.join(map(str, names))}: one is the _base of another that stands right "
            "of it; leave the base out, it comes with the other"
        ) from None


def summary(path: Path) -> str:
    """The first-line comment of a config file."""
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        line = file.readline(200).strip()
    return line.lstrip("# ") if line.startswith("#") else ""
