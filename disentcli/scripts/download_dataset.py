"""`fig download-dataset NAME…`: fetches public datasets and formats them for training."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.grids import MPI3D_CATEGORIES, mpi3d_category
from ..errors import CallError
from ..registry import script
from ..root_settings import Setting

if TYPE_CHECKING:
    from ..console.settings import Settings

NAMES = ("3ds", "mpi", "mnist")

TAKES = "names"
SETTINGS = (
    Setting("cat", str, None, "category of mpi: toy (if not given), realistic (= sim), real or complex"),
    Setting("from", str, None, "file or folder fetched by hand, instead of the download"),
    Setting("force", bool, False, "make it again although it is there"),
    Setting("keep-raw", bool, False, "keep the downloaded file after formatting"),
    Setting("mirror", str, None, "address of a folder to fetch the files from"),
    "dataroot",
)


@script("download-dataset")
def download_dataset(settings: Settings) -> int:
    """Fetches 3ds, mpi or mnist, checks and formats it: fig download-dataset mpi --cat real."""
    names = _sources(settings.words, settings.get("cat"))
    dataroot, given, mirror = (settings.get(key) for key in ("dataroot", "from", "mirror"))
    force, keep_raw, quiet = (settings.get(key) for key in ("force", "keep-raw", "quiet"))
    settings.check()
    if given is not None and len(names) > 1:
        raise CallError("--from is of one dataset; call once for each")

    from ..data.download.fetch import Manner
    from ..data.download.idx_files import obtain_files
    from ..data.download.obtain import obtain_grid
    from ..data.download.overrides import known_sources

    sources = known_sources(mirror)
    manner = Manner(say=(lambda line: None) if quiet else partial(print, flush=True), quiet=quiet)
    place = Path(given).expanduser() if given is not None else None
    try:
        for source in (sources[name] for name in names):
            if source.space is None:
                obtain_files(source, dataroot, manner, given=place, force=force)
            else:
                obtain_grid(source, dataroot, manner, given=place, force=force, keep_raw=keep_raw)
    except KeyboardInterrupt:
        manner.say("the same call goes on where this one was interrupted")
        raise
    return 0


def _sources(words: list[str], category: str | None) -> list[str]:
    """The names in the table of sources that the call means; CallError says what exists."""
    unknown = [word for word in words if word not in NAMES]
    if unknown or not words:
        asked = f"no dataset {unknown[0]!r} can be downloaded" if unknown else "name a dataset"
        raise CallError(f"{asked}; there are 3ds, mpi (--cat {', '.join(MPI3D_CATEGORIES)}) and mnist")
    if category is not None and "mpi" not in words:
        raise CallError(f"--cat is a choice of mpi; {' '.join(words)} has no categories")
    mpi = f"mpi_{mpi3d_category(category or 'toy')}"
    return [mpi if word == "mpi" else word for word in dict.fromkeys(words)]
