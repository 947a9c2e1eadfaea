"""Where a run's own data are now, if they have moved since it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CallError, DisentError
from ..suggestions import no_file

PATH, FACTORS = "path", "factors"  # arguments of datasets: the file or folder, and a table beside it


def with_data_path(
    node: Mapping[str, Any], run: str, moved_to: str | Path | None, dataroot: Path
) -> dict[str, Any]:
    """The dataset of a run's config with the path where its data are.

    That is `moved_to` if the call gives it, else the run's own; where nothing is there, the same file below
    `dataroot`, by as many of its folders as fit. A table of factors moves with the data. Whether they are the
    run's data, their fingerprint tells.

    Raises:
        CallError: the call gives a path, and the run's data have none.
        DisentError: nothing is there.
    """
    if node.get(PATH) is None:
        if moved_to is not None:
            raise CallError(
                f"--path is of data of your own; {run} was trained on {node.get('_type')}, which are below "
                "--dataroot"
            )
        return dict(node)
    stored = Path(node[PATH])
    found = Path(moved_to).expanduser() if moved_to is not None else _existing(stored, dataroot)
    if not found.exists():
        if moved_to is not None:
            raise CallError(f"--path: {no_file(found, 'file or folder')}")
        raise DisentError(f"{run} was trained on {stored}, which is not there: --path says where it is now")
    if found == stored:
        return dict(node)
    return {**node, PATH: str(found), **_moved_factors(node, stored, found)}


def _existing(stored: Path, dataroot: Path) -> Path:
    """The stored path, or the longest end of it that is below `dataroot`."""
    if stored.exists():
        return stored
    ends = (dataroot.joinpath(*stored.parts[first:]) for first in range(1, len(stored.parts)))
    return next((end for end in ends if end.exists()), stored)


def _moved_factors(node: Mapping[str, Any], stored: Path, found: Path) -> dict[str, str]:
    """Where the table of factors is, if it is no longer where it was: as far from the data as before."""
    table = node.get(FACTORS)
    if not isinstance(table, str) or Path(table).exists():
        return {}
    for old, new in ((stored, found), (stored.parent, found.parent)):
        if Path(table).is_relative_to(old):
            return {FACTORS: str(new / Path(table).relative_to(old))}
    return {FACTORS: str(found.parent / Path(table).name)}
