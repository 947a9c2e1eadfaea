"""`fig download-dataset NAME…`: fetches public datasets and formats them for training."""

from __future__ import annotations

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
    Setting("name", str, None, "the dataset, in place of a bare word: 3dshapes, mpi3d"),
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
    name = settings.get("name")
    sources = _sources([*settings.words, *([name] if name else [])], category, mirror)
    if local_path is not None and len(sources) > 1:
        raise CallError("--from is of one dataset; call once for each")

    from ..data.download.fetch import DownloadOptions
    from ..data.download.pipeline import prepare_dataset

    options = DownloadOptions.on_screen(quiet=quiet)
    place = Path(local_path).expanduser() if local_path is not None else None
    for source in sources:
        prepare_dataset(source, dataroot, options, local_path=place, force=force, keep_raw=keep_raw)
    return 0


def _sources(words: list[str], category: str | None, mirror: str | None) -> list[Source]:
    """The sources that the call means; CallError says what exists."""
    from ..data.download.index import OTHER_NAMES, categories, listing, names
    from ..data.download.mirrors import find_source

    if not words:
        raise CallError(f"name a dataset; there are {listing()}")
    words = [OTHER_NAMES.get(word, word) for word in words]
    chosen = {word: category if word in names() and categories(word) else None for word in words}
    if category is not None and not any(chosen.values()):
        raise CallError(f"{' '.join(words)} has no categories: leave out --cat {category}")
    return [find_source(word, one, mirror) for word, one in chosen.items()]
