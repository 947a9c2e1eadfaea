"""`fig decode`: the images of codes in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config.coercion import Width
from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting("codes", str, None, "the file of the codes: .npz, .h5, .csv, .parquet"),
    Setting("codes-key", str, None, "what the codes are called there: an array, or columns a,b"),
    Setting(
        "out", str, None, "the file to write: .png, .gif, .npz, .mid of songs, or a folder for a PNG each"
    ),
    Setting("columns", Width, 8, "images in a row of the PNG"),
    "limit",
    "overwrite",
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


@script("decode")
def decode(settings: Settings) -> int:
    """Decodes codes that `fig encode` wrote: fig decode --load RUN --codes codes.csv --out images.png."""
    from ..evaluation.own_images import in_own_units
    from ..evaluation.session import find_run, open_run
    from ..metrics.codefile import read_codes
    from ..plots.image_output import images_path, in_rows, write_images
    from ..plots.midi_output import SongFormat

    run, source = find_run(settings), settings.get("codes")
    if source is None:
        raise CallError("fig decode needs codes: --codes FILE (`fig encode` writes such files)")
    out, overwrite, columns = settings.get("out"), settings.get("overwrite"), settings.get("columns")
    codes = read_codes(Path(source).expanduser(), settings.get("codes-key"))[: settings.get("limit")]
    opened = open_run(settings, run)
    path = images_path(out, opened.inference.dataset.shape, script="decode", overwrite=overwrite)
    images = opened.inference.decode(codes)
    rows = [images] if path.suffix == ".gif" else in_rows(images, columns)
    write_images(
        path,
        rows,
        {"images": in_own_units(images, opened), "codes": codes},
        songs=SongFormat.of(opened.inference.dataset),
    )
    print(f"{len(images):,} images of codes in {source}, {run.name}, step {opened.step:,}: {path}")
    return 0
