"""Whose project is this? One in a folder above that another user owns is not loaded: its modules are code."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import CallError

TRUSTED = "DISENTCLI_TRUSTED_PROJECTS"  # folders of projects, separated like those of PATH


def check_owner(root: Path, called_in: Path) -> None:
    """Look at a project's folder before its modules are imported.

    A project in the folder of the call was chosen by who went there; one above may be anybody's.

    Raises:
        CallError: it lies above the folder of the call and belongs to another user, whom nobody trusts.
    """
    owner = root.stat().st_uid
    trusted = [Path(one).resolve() for one in os.environ.get(TRUSTED, "").split(os.pathsep) if one]
    if root.resolve() == called_in.resolve() or owner in (0, os.geteuid()) or root.resolve() in trusted:
        return
    raise CallError(
        f"the project in {root} belongs to another user, and loading it runs its code;\n"
        f"start your own here with `disentcli init .`, or trust it: export {TRUSTED}={root}"
    )
