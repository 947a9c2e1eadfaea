"""A project as its file describes it: what help and completion need, without loading it into omnifig."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..registry import catalog
from .config_store import ConfigStore, configs_in
from .yaml12 import read

OWN = "disentcli."


def project_configs(file: Path | None, modules: Sequence[str] = ()) -> ConfigStore:
    """The configs of a project (of the current folder where there is no file).

    Its modules and these are searched for components from now on, none is imported.

    Raises:
        CallError: the file is no YAML, or there is no such module.
    """
    root = Path.cwd() if file is None else file.parent
    for place in (root, Path.cwd()):
        if str(place) not in sys.path:
            sys.path.append(str(place))
    for module in [*_modules(file), *modules]:
        if not module.startswith(OWN):
            catalog.include(module)
    return ConfigStore(configs_in(root / "config"), root)


def _modules(file: Path | None) -> list[str]:
    named = [] if file is None else read(file).get("module") or []
    return [named] if isinstance(named, str) else named
