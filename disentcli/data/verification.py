"""Reading all that is stored of datasets, to find any damage: our dataset folders, and original files."""

from __future__ import annotations

from pathlib import Path

from .checksums import META, check_images
from .dataset_folder import open_store
from .download.index import all_published
from .download.mirrors import find_source
from .download.unformatted import check_unformatted

MADE_HERE = "call again what needs it: it is rendered, or read from your files, anew"


def stored_folders(dataroot: Path) -> list[Path]:
    """The folders below `dataroot` in which datasets, image files of one's own included, are stored."""
    found = {path.parent for pattern in ("*", "cache/*") for path in dataroot.glob(f"{pattern}/{META}")}
    kept = [dataroot / name for name, source in all_published().items() if source.reader.blocks is None]
    found |= {folder for folder in kept if folder.is_dir()}
    return sorted(folder for folder in found if not folder.name.startswith("."))


def verify_folder(folder: Path) -> str:
    """Read all of the files of a dataset; what is there, where all of it is whole.

    Raises:
        DisentError: files are damaged or missing; it names them and says how to have them anew.
    """
    published = all_published().get(folder.name)
    if published is not None and published.reader.blocks is None:
        return check_unformatted(find_source(published.name), folder)
    remedy = MADE_HERE if published is None else f"run `fig download-dataset {published.call}`"
    store = open_store(folder, remedy)
    check_images(folder, store.sha256, store.images.nbytes, f"delete the folder {folder} and {remedy}")
    return f"{len(store.images):,} images ({store.spec.source})"
