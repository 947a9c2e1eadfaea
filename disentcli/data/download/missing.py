"""What a dataset is made of and is not on the disk, and fetching it: `--download`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...config.instantiate import NodeFit
from ...errors import DisentError
from ...registry import catalog
from ..dataset_folder import open_store
from ..dataset_info import describe_dataset
from .fetch import DownloadOptions
from .mirrors import find_source_of
from .pipeline import prepare_dataset
from .source import Source
from .unformatted import has_files


def missing_sources(fit: NodeFit, dataroot: Path) -> list[Source]:
    """The sources that a dataset needs with these arguments, and that are not there.

    None of a dataset that is rendered, or of a user's own files or class.
    """
    component = catalog.resolve("dataset", fit.full["_type"])
    if not hasattr(component, "info"):
        return []
    info = describe_dataset(component, fit.arguments, root=dataroot)
    return [source for source in map(find_source_of, info.downloads) if not _is_there(source, dataroot)]


def prepare_datasets(sources: Iterable[Source], dataroot: Path, *, quiet: bool) -> None:
    """Fetch and format these, and say so on the screen.

    Raises:
        DisentError: a host that gives nothing, a wrong file, no room, an unwritable folder.
    """
    for source in sources:
        prepare_dataset(source, dataroot, DownloadOptions.on_screen(quiet=quiet))


def _is_there(source: Source, dataroot: Path) -> bool:
    """Whether the dataset can be opened, whatever its number of images; where files are kept, all of them."""
    if source.reader.blocks is None:
        return has_files(source, dataroot / source.name)
    try:
        open_store(dataroot / source.name, source.remedy)
    except DisentError:
        return False
    return True
