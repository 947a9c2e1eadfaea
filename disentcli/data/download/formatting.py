"""Formatting: images stream from the original files into our own dataset folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..dataset_folder_writer import StoreWriter
from .progress import byte_bar
from .source import RemoteFile, Source
from .verify import WrongFile, check_md5, check_size, tree_md5


def verify_file(path: Path, source: Source, file: RemoteFile, *, quiet: bool = False) -> str:
    """The MD5 of a right original file; WrongFile for any other. The cheap checks come first.

    An archive may be unpacked: then the checks of its content are all.
    """
    if path.is_dir():
        source.reader.check(path, source, file)
        return tree_md5(path)
    check_size(path, file)
    source.reader.check(path, source, file)
    return check_md5(path, file, quiet=quiet)


def format_images(
    paths: Sequence[Path], md5s: Sequence[str], source: Source, folder: Path, *, quiet: bool = False
) -> int:
    """Write the images of the verified files into the dataset folder, from where a call was interrupted.

    How many images there are. WrongFile when a file turns out damaged: then nothing of it is kept.
    """
    reader = source.reader
    if reader.blocks is None:
        raise TypeError(f"the files of {source.title} are kept as they are")
    labels = None if reader.labels is None else reader.labels(paths, source)
    count = source.size if labels is None else source.count or len(labels)
    if labels is not None and len(labels) != count:
        raise WrongFile(f"it has labels of {len(labels):,} images, {source.title} has {count:,}")
    spec = source.spec(md5s, count)
    with StoreWriter(folder, spec) as writer:
        done = writer.done * spec.row_bytes
        with byte_bar(f"formatting {source.name}", spec.image_bytes, done, quiet=quiet) as bar:
            for block in reader.blocks(paths, source, writer.done):
                writer.write(block)
                bar.update(block.nbytes)
        writer.factors = labels
    return count
