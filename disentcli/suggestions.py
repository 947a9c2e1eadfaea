"""Near misses: what the user may have meant, and what exists."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

SHOWN = 60  # names that a message lists
BESIDE = 8  # files of a folder, in a message on one that is not there


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names closest to `name`, best first; `-`, `_` and case are all one here."""
    table = {_plain(one): one for one in known}
    wanted = _plain(name)
    close = get_close_matches(wanted, table, n=count, cutoff=0.6)
    close += [one for one in table if len(wanted) > 2 and wanted in one and one not in close]
    return [table[one] for one in close[:count]]


def unknown(what: str, name: str, known: Iterable[str], more: str = "") -> str:
    """The message for a name that does not exist: near misses first, then the others.

    Where there are many, the others are those of the same folder: for `m/vea`, all that begin with `m/`.
    """
    names = sorted(set(known))
    close = nearest(name, names)
    lines = [f"unknown {what} {name!r}" + (f"; did you mean {' or '.join(close)}?" if close else "")]
    if len(names) > SHOWN:
        names = [one for one in names if one.rpartition("/")[0] == name.rpartition("/")[0]]
    if 0 < len(names) <= SHOWN:
        others = [one for one in names if one not in close]
        lines.append(f"There is: {', '.join([*close, *others])}")
    if more:
        lines.append(more)
    return "\n".join(lines)


def no_file(path: Path, what: str = "file") -> str:
    """The message on a file or folder that is not there."""
    return f"there is no {what} {path.absolute()}; {what_is_there(path)}"


def what_is_there(path: Path) -> str:
    """For a message on a path where nothing is: the nearest folder that there is, and what it holds."""
    folder = next(one for one in path.absolute().parents if one.is_dir())
    try:
        names = sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
    except OSError:
        return f"{folder} cannot be read"
    shown = nearest(path.name, names, BESIDE) or names[:BESIDE]
    more = f", … ({len(names) - len(shown)} more)" if len(names) > len(shown) else ""
    return f"in {folder} there is {', '.join(shown) or 'nothing'}{more}"


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
