"""`fig download-dataset NAME…`: fetches public datasets and formats them for training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..console.settings import Settings

TAKES = "names"
SETTINGS = ("cat", "from", "force", "keep_raw", "mirror", "dataroot", "quiet")

NAMES = ("3ds", "mpi", "mnist")
CATEGORIES = {
    "toy": "toy",
    "realistic": "realistic",
    "sim": "realistic",
    "real": "real",
    "complex": "complex",
}


@script("download-dataset")
def download_dataset(settings: Settings) -> int:
    """Fetch 3ds, mpi (--cat toy, realistic, sim, real, complex) or mnist, check it and format it."""
    dataroot = Path(settings.get("dataroot", "local_data"))
    given = settings.get("from", None)
    force, keep_raw = settings.get("force", False), settings.get("keep_raw", False)
    quiet, mirror = settings.get("quiet", False), settings.get("mirror", None)
    names = _sources(settings.words, settings.get("cat", None))
    if given is not None and len(names) > 1:
        raise CallError("--from is of one dataset; call once for each")
    settings.check()

    from ..data.download.fetch import Manner
    from ..data.download.idx_files import obtain_files
    from ..data.download.obtain import obtain_grid
    from ..data.download.overrides import known_sources

    sources = known_sources(mirror)
    manner = Manner(say=(lambda line: None) if quiet else print, quiet=quiet)
    place = Path(given).expanduser() if given is not None else None
    for name in names:
        source = sources[name]
        if source.space is None:
            obtain_files(source, dataroot, manner, given=place, force=force)
        else:
            obtain_grid(source, dataroot, manner, given=place, force=force, keep_raw=keep_raw)
    return 0


def _sources(words: list[str], category: str | None) -> list[str]:
    """The names in the table of sources that the call means; CallError says what exists."""
    unknown = [word for word in words if word not in NAMES]
    if unknown or not words:
        asked = f"no dataset {unknown[0]!r} can be downloaded" if unknown else "name a dataset"
        raise CallError(f"{asked}; there are 3ds, mpi (--cat {', '.join(CATEGORIES)}) and mnist")
    if category is not None and "mpi" not in words:
        raise CallError(f"--cat is a choice of mpi; {' '.join(words)} has no categories")
    if category is not None and category not in CATEGORIES:
        raise CallError(f"--cat {category}: mpi has the categories {', '.join(CATEGORIES)}")
    mpi = f"mpi_{CATEGORIES[category or 'toy']}"
    return [mpi if word == "mpi" else word for word in dict.fromkeys(words)]
