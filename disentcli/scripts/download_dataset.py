"""`fig download-dataset NAME…`: fetches public datasets and formats them for training."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..data.download.source import Source

TAKES = "datasets"
NODES = ()
SETTINGS = (
    Setting("cat", str, None, "version, where a dataset has several; a call without a name lists them"),
    Setting("from", str, None, "file or folder fetched by hand, instead of the download"),
    Setting("force", bool, False, "make it again although it is there"),
    Setting("keep-raw", bool, False, "keep the downloaded files after formatting"),
    Setting("mirror", str, None, "address of a folder to fetch the files from"),
    "dataroot",
)


@script("download-dataset")
def download_dataset(settings: Settings) -> int:
    """Fetches public datasets, checks and formats them: fig download-dataset mpi --cat real."""
    category, mirror, local_path = (settings.get(key) for key in ("cat", "mirror", "from"))
    dataroot, force, keep_raw, quiet = (
        settings.get(key) for key in ("dataroot", "force", "keep-raw", "quiet")
    )
    sources = _sources(settings.words, category, mirror)
    if local_path is not None and len(sources) > 1:
        raise CallError("--from is of one dataset; call once for each")

    from ..data.download.fetch import DownloadOptions
    from ..data.download.pipeline import prepare_dataset

    options = DownloadOptions(log=(lambda line: None) if quiet else partial(print, flush=True), quiet=quiet)
    place = Path(local_path).expanduser() if local_path is not None else None
    try:
        for source in sources:
            prepare_dataset(source, dataroot, options, local_path=place, force=force, keep_raw=keep_raw)
    except KeyboardInterrupt:
        options.log("the same call goes on where this one was interrupted")
        raise
    return 0


def _sources(words: list[str], category: str | None, mirror: str | None) -> list[Source]:
    """The sources that the call means; CallError says what exists."""
    from ..data.download.index import categories, listing, names
    from ..data.download.mirrors import find_source

    if not words:
        raise CallError(f"name a dataset; there are {listing()}")
    chosen = {word: category if word in names() and categories(word) else None for word in words}
    if category is not None and not any(chosen.values()):
        raise CallError(f"{' '.join(words)} has no categories: leave out --cat {category}")
    return [find_source(word, one, mirror) for word, one in chosen.items()]
