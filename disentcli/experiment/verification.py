"""`fig show-data --verify`: all bytes of stored datasets are read, and what is damaged is named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CallError, DisentError

if TYPE_CHECKING:
    from ..config.settings import Settings


def verify(settings: Settings, dataroot: Path) -> int:
    """Verify the dataset of the call's configs, or all that are stored; 1 if any is damaged."""
    from ..console.terminal import report_error
    from ..data.verification import verify_folder

    folders = [_folder(settings, dataroot)] if settings.configs else _all_folders(dataroot)
    damaged = []
    for folder in folders:
        try:
            print(f"whole: {folder}: {verify_folder(folder)}", flush=True)
        except DisentError as error:
            report_error(error)
            damaged.append(folder.name)
    if damaged:
        print(f"damaged: {', '.join(damaged)}; see above for what to do", file=sys.stderr)
    return 1 if damaged else 0


def _folder(settings: Settings, dataroot: Path) -> Path:
    """Where the dataset of the call is stored; CallError if it is not."""
    from .data_setup import dataset_info

    info = dataset_info(settings)
    if not info.folder:
        raise CallError(
            f"{info.title}: nothing of it is stored, so there is nothing to verify ({info.obtain})"
        )
    folder = dataroot / info.folder
    if not folder.is_dir():
        raise CallError(f"{info.title} is not in {folder}: {info.obtain}")
    return folder


def _all_folders(dataroot: Path) -> list[Path]:
    from ..data.verification import stored_folders

    folders = stored_folders(dataroot)
    if not folders:
        raise CallError(f"no datasets are stored in {dataroot}; another place is named with --dataroot")
    return folders
