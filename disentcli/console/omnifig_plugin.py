"""The behavior that installs our rules, scripts and components into an omnifig project once it is loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import omnifig
from omnifig.behaviors import Behavior

from ..errors import CallError, DisentError
from ..registry import catalog
from ..registry.discovery import files_of
from ..suggestions import unknown
from . import omnifig_entries, terminal
from .lazy_modules import DeferredModules
from .omnifig_config import LayeredConfigManager
from .project_owner import check_owner
from .without_project import FILE

OMNIFIG = "1.0.10"


SPINS = 1000  # of a waiting thread before it sleeps: some microseconds


def install() -> None:
    """Called on import; takes hold where omnifig is loading a project that names this package as a module."""
    if omnifig.__version__ != OMNIFIG:
        raise DisentError(
            f"disentcli needs omnifig {OMNIFIG}, found {omnifig.__version__}: pip install omnifig=={OMNIFIG}"
        )
    project = loading()
    if project is not None:
        limit_spinning()
        terminal.install()
        if project.root not in (None, FILE.parent):
            check_owner(project.root, Path(os.environ.get("PWD") or project.root))  # omnifig left it
        for module in user_modules(project):
            files_of(module)
        DeferredModules.current = DeferredModules(user_modules(project))
        sys.meta_path.insert(0, DeferredModules.current)


def limit_spinning() -> None:
    """Let GNU OpenMP's threads spin only shortly while they wait; before torch is loaded.

    They spin for milliseconds as long as they believe that the cores are theirs alone: two trainings that
    share the cores wait for each other's spinning threads at every operation. Not to spin at all
    (OMP_WAIT_POLICY=PASSIVE) costs a training that is alone; see benchmarks/spinning_threads.py.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


def loading() -> Any:
    """The project that omnifig is loading now; None where this package was imported for another reason."""
    profile = omnifig.get_profile()
    project = profile._loaded_projects.get(profile._current_project_key)
    return project if project is not None and project.is_activated else None


def named_modules(project: Any) -> list[str]:
    """The modules that the project file names."""
    named = project.data.get("module") or []
    return [named] if isinstance(named, str) else list(named)


def user_modules(project: Any) -> list[str]:
    """The modules that the project file names besides this package."""
    return [name for name in named_modules(project) if name != __package__]


class ConsoleBehavior(  # type: ignore[call-arg]
    Behavior, name="console", code="console", priority=1000, description="disentcli's console"
):
    """omnifig constructs its behaviors after loading the project and before it parses the arguments."""

    def __init__(self, project: Any, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        if __package__ in named_modules(project) and not isinstance(
            project.config_manager, LayeredConfigManager
        ):
            install_into(project)

    def parse_argv(self, meta: Any, argv: Any, script_name: Any = None) -> None:
        """This behavior has no flag of its own."""


def install_into(project: Any) -> None:
    """Give a loaded project our config rules, scripts and components."""
    _restore_modules(project)
    if project.root not in (None, FILE.parent) and str(project.root) not in sys.path:
        sys.path.append(str(project.root))
    for module in user_modules(project):
        catalog.include(module)
    project.config_manager = LayeredConfigManager(project, project.config_manager)
    omnifig_entries.register_lazy_entries(project)
    project.find_artifact = _finder(project, project.find_artifact)


def _restore_modules(project: Any) -> None:
    """Put back what omnifig removed from sys.modules, without which components cannot be pickled."""
    deferred = DeferredModules.current
    if deferred in sys.meta_path:
        sys.meta_path.remove(deferred)
    for _, modules in project._modules.values():
        for name, module in modules.items():
            if not deferred.made(module):
                sys.modules.setdefault(name, module)


def _finder(project: Any, find_artifact: Callable[..., Any]) -> Callable[..., Any]:
    """omnifig's look-up of scripts, components and modifiers, which says what exists when it fails."""

    def find(artifact: str, ident: str, *default: Any, **named: Any) -> Any:
        try:
            return find_artifact(artifact, ident, *default, **named)
        except project.UnknownArtifactError:
            names = [entry.name for entry in project.iterate_artifacts(artifact)]
            raise CallError(unknown(artifact, ident, [one for one in names if one[:1] != "_"])) from None

    return find
