"""`fig encode`: the codes and factors of a run's images, or of images of one's own, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..evaluation.session import find_run, open_run
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting("images", str, None, "images of your own: a folder, a picture, an .npz …; else those of the run"),
    Setting("out", str, None, "the file to write: .npz, .h5, .csv or .parquet"),
    "representation",
    "overwrite",
    "mode",
    "limit",
    "path",
    "device",
    "saveroot",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ()
ONLY_WITHOUT = {"images": ("mode",)}


@script("encode")
def encode(settings: Settings) -> int:
    """Writes the codes and factors of all images, or of a part: fig encode --load RUN --out codes.npz.

    `--images FOLDER` encodes images of one's own. The file's name says its format: codes.csv is a table.
    """
    from ..evaluation.code_table import codes_path, encode_images, write_codes

    run, out = find_run(settings), settings.get("out")
    if out is None:
        raise CallError("fig encode needs a file to write: --out codes.npz")
    path = codes_path(out, overwrite=settings.get("overwrite"))
    given, mode, limit = settings.get("images"), settings.get("mode", "all"), settings.get("limit")
    opened = open_run(settings, run, settings.get("representation"))
    if opened.inference.representation is None:
        names = ", ".join(opened.inference.model.representation_names)
        raise CallError(f"{run.name} gives {names}: choose whose codes to write with --representation")
    table, described = encode_images(opened, given, mode, limit)
    write_codes(path, table)
    print(f"{len(table.codes):,} codes of {table.codes.shape[1]} latents, of {described}: {path}")
    return 0
