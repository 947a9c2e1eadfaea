"""No link leads out of a run: a folder that somebody sent neither reads nor replaces files elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import DisentError


def refuse_links(folder: Path) -> None:
    """Look at all that is in a run's folder.

    Raises:
        DisentError: one of its files or folders is a link; the message names it.
    """
    left = [folder]
    while left:
        place = left.pop()
        try:
            with os.scandir(place) as entries:
                for one in entries:
                    if one.is_symlink():
                        inside = Path(one.path).relative_to(folder)
                        raise DisentError(
                            f"{inside} in the run {folder.name} is a link, which is not followed; "
                            "put what it points to in its place, or remove it"
                        )
                    if one.is_dir(follow_symlinks=False):
                        left.append(Path(one.path))
        except FileNotFoundError:  # a run at work removes what it does not need any more
            continue
