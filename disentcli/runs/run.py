"""A run: one folder with a name, a config, a status and one writer."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ..atomic_io import PARTIAL, sync_folder, write_atomic
from ..config.yaml12 import load
from ..errors import CallError, DisentError
from .checksums import KEY, verified_lines, with_checksum, with_first_line
from .index_file import Found, RunBatch, stamp_of
from .links import refuse_links
from .lock import RunLock
from .naming import timestamped, validate_name
from .removal import remove_stale
from .roots import save_root
from .run_index import (
    INFO,
    current_status,
    describe_runs,
    newest_first,
    parse_info,
    read_info,
    readable_infos,
)

SCHEMA = 1
SHOWN = 4  # runs that a message describes
CONFIG = "config.yaml"
STATUSES = ("created", "running", "completed", "interrupted", "failed")
PLACES = (("dataset", "root"), ("logger", "uri"))  # each comes from the call or the environment
UNREADABLE = (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError)  # a config.yaml, if damaged


class Run:
    """An existing run's folder. Reading needs nothing; writing takes the lock first."""

    def __init__(self, path: str | Path, batch: RunBatch | None = None) -> None:
        self.path = Path(path)
        self._batch = batch

    @cached_property
    def lock(self) -> RunLock:
        """The lock of who writes it."""
        return RunLock(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The folder's name, which is the run's."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def records(self) -> Path:
        """The folder of tensorboard events and scalars.jsonl."""
        return self.path / "records"

    @property
    def results(self) -> Path:
        """The folder of evaluations."""
        return self.path / "results"

    @property
    def report_path(self) -> Path:
        """The page on the run."""
        return self.path / "report.html"

    def result_path(self, ident: str) -> Path:
        """The file of the results of this ident."""
        return self.results / f"{ident}.json"

    def idents(self) -> list[str]:
        """The idents of the results."""
        return sorted(path.stem for path in self.results.glob("*.json") if not path.name.startswith("."))

    @classmethod
    def create(
        cls,
        saveroot: str | Path | None,
        name: str,
        config: Mapping[str, Any],
        info: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
        *,
        when: datetime | None = None,
    ) -> Run:
        """A new run, locked by this process; `name` gets the date, and `_2`, `_3`, … where it is taken.

        The folder is filled under a hidden name and appears by one rename, so that a run is never
        seen without its config and what `files` holds (path inside the run → content).
        """
        when = when or datetime.now()
        root = save_root(saveroot)
        run = cls(_staging_dir(root, validate_name(name)))
        try:
            run.lock.acquire()
            for path, content in {CONFIG: _as_yaml(config).encode(), **(files or {})}.items():
                (run.path / path).parent.mkdir(parents=True, exist_ok=True)
                write_atomic(run.path / path, content)
            run._publish(
                root,
                timestamped(name, when),
                {"created": when.isoformat(timespec="microseconds"), **(info or {})},
            )
        except BaseException:
            shutil.rmtree(run.path, ignore_errors=True)
            raise
        return run

    def _publish(self, root: Path, base: str, info: Mapping[str, Any]) -> None:
        """Rename the finished staging folder to the first of base, base_2, base_3, … that is free."""
        for count in itertools.count(1):
            final = root / (base if count == 1 else f"{base}_{count}")
            described = {"schema": SCHEMA, "name": final.name, "status": "created", "step": 0, **info}
            self._write_info(described)
            if _rename_exclusively(self.path, final):
                self.path = final
                self.lock.move(final)
                return

    def alone(self) -> Run:
        """This run by itself: what is read of it is not read of all those that it was found with."""
        return Run(self.path)

    def stored(self, kind: str, read: Callable[[Path], Found | None]) -> Any:
        """What `read` found in this run's files when it was read with others; None if it was read alone."""
        return self._batch.stored(kind, self.name, read) if self._batch else None

    def info(self) -> dict[str, Any]:
        """What run.json says.

        Raises:
            DisentError: it is missing or damaged.
        """
        if stored := self.stored("runs", read_info):
            return dict(stored)
        try:
            return parse_info((self.path / INFO).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DisentError(
                f"{self.path / INFO} cannot be read ({error}); without it this folder is not a run.\n"
                f"If you changed it yourself, remove its entry {KEY}; if not, put a copy back, or train anew"
            ) from error

    def update(self, **changes: Any) -> None:
        """Change entries of run.json; only for the process that holds the lock."""
        if not self.lock.held:
            raise DisentError(f"{self.name} is not locked by this process, which must not write it")
        info = {**self.info(), **changes}
        if info["status"] not in STATUSES:
            raise ValueError(f"a run is one of {', '.join(STATUSES)}, not {info['status']!r}")
        self._write_info(info)

    def _write_info(self, info: Mapping[str, Any]) -> None:
        write_atomic(self.path / INFO, json.dumps(with_checksum(info), indent=1))

    def status(self) -> str:
        """created, running, completed, interrupted, failed; killed where the writer died at work."""
        return current_status(self.info(), self.path)

    def config(self) -> dict[str, Any]:
        """The run's config.yaml as plain values; DisentError if it is missing or damaged."""
        path = self.path / CONFIG
        if stored := self.stored("configs", _find_config):
            return dict(stored)
        try:
            return _read_config(path)
        except UNREADABLE as error:
            raise DisentError(
                f"{path} cannot be read: {error};\n"
                "if you changed it yourself, remove its first line; if not, put a copy of it back"
            ) from error

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Replace config.yaml, as when a run is continued with a larger budget."""
        write_atomic(self.path / CONFIG, _as_yaml(config))

    def write_error(self, text: str) -> Path:
        """Keep the full traceback of a failure; returns its path."""
        write_atomic(self.path / "error.txt", text)
        return self.path / "error.txt"

    @classmethod
    def find(cls, saveroot: str | Path | None, what: str | Path) -> Run:
        """The run of this name, unique prefix or path; `last` is the newest that can be read.

        Raises:
            CallError: none or several fit; the message says which runs exist.
            DisentError: it is a link, or holds one.
        """
        run = cls._named(save_root(saveroot), str(what))
        refuse_links(run.path)
        return run

    @classmethod
    def exactly(cls, saveroot: str | Path | None, name: str) -> Run:
        """The run of this very name in the folder of runs: what is to be deleted is not guessed.

        Raises:
            CallError: there is none; a path, a prefix or a folder that is no run of ours names none.
            DisentError: it is a link, or holds one.
        """
        root = save_root(saveroot)
        if name not in newest_first(root):
            similar = [one for one in newest_first(root) if name and one.startswith(name)]
            known = f"its name in full: {_some(similar)}" if similar else "see `fig list runs`"
            raise CallError(f"no run of the very name {name!r} in {root}; {known}")
        run = cls.find(saveroot, name)
        if not {"schema", "name", "status"} <= run.info().keys() or not (run.path / CONFIG).is_file():
            raise CallError(f"{run.path} is no run of disentcli; remove it yourself")
        return run

    @classmethod
    def _named(cls, root: Path, what: str) -> Run:
        if not what:
            raise CallError(f"name a run; `fig list runs` shows those in {root}")
        if (root / what).is_symlink() and (root / what).parent == root:
            raise CallError(
                f"{what} in {root} is a link, which is not followed; name the folder that it points to"
            )
        for direct in (root / what, Path(what).expanduser()):
            if what != "last" and (direct / INFO).is_file():
                return cls(direct.resolve())
        if what == "last" and (readable := readable_infos(root)):
            return cls(root / next(iter(readable)))
        names = newest_first(root)
        fitting = [name for name in names if name.startswith(what)]
        if len(fitting) == 1:
            return cls(root / fitting[0])
        if fitting:
            lines = "".join(f"\n  {line}" for line in describe_runs(root, fitting[:SHOWN]))
            more = f"\n  … and {len(fitting) - SHOWN} more" if len(fitting) > SHOWN else ""
            found = f"{what!r} fits {len(fitting)} runs in {root}"
            raise CallError(f"{found}; write more of the name:{lines}{more}")
        known = f"there are: {_some(names)}" if names else "there are none yet: `fig train …` makes one"
        raise CallError(f"no run {what!r} in {root}; {known}")


def _read_config(path: Path) -> dict[str, Any]:
    return without_places(dict(load(verified_lines(path.read_bytes())) or {}))


def without_places(config: dict[str, Any]) -> dict[str, Any]:
    """The config without where data lie and records are sent: a run that somebody sent does not decide it."""
    kept = dict(config)
    for group, key in PLACES:
        if isinstance(kept.get(group), Mapping):
            kept[group] = {name: value for name, value in kept[group].items() if name != key}
    return kept


def _find_config(folder: Path) -> Found | None:
    """The values of config.yaml in this folder."""
    stamps = {CONFIG: stamp_of(folder / CONFIG)}
    try:
        return Found(stamps, _read_config(folder / CONFIG))
    except UNREADABLE:
        return None


def _some(names: list[str], most: int = 5) -> str:
    more = f", … ({len(names) - most} more; `fig list runs`)" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _as_yaml(config: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True, width=110)
    return with_first_line(text)


def _plain(value: Any) -> Any:
    """Only what YAML and JSON know: tuples as lists, NumPy numbers as Python's."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value.item() if hasattr(value, "item") else value


def _staging_dir(root: Path, name: str) -> Path:
    """A new hidden folder, in which a run is made before it gets its name."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        remove_stale(root)
        staging = root / f".{name}{PARTIAL}{os.getpid()}-{secrets.token_hex(4)}"
        staging.mkdir()
    except OSError as error:
        raise DisentError(
            f"no run can be made in {root}: {error.strerror}; choose another place with --saveroot"
        ) from error
    return staging


def _rename_exclusively(staging: Path, final: Path) -> bool:
    if final.exists():
        return False
    try:
        os.rename(staging, final)  # fails where a run of this name has appeared: no run is empty
    except OSError as error:
        if final.exists():
            return False
        raise DisentError(f"the run {final} cannot be made: {error.strerror}") from error
    sync_folder(final.parent)
    return True
