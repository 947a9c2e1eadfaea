"""`fig reconstruct`: images, and what a trained model makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Width
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting("images", str, None, "images of your own: a folder, a picture, an .npz …; else those of the run"),
    "mode",
    "limit",
    Setting(
        "out", str, None, "the file to write: .png, .gif, .npz, .mid of songs, or a folder for a PNG each"
    ),
    Setting("columns", Width, 8, "images in a row of the PNG, reconstructions below them"),
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
MOST = 32  # images, where the call does not say
TAKES = "configs"
NODES = ()
ONLY_WITHOUT = {"images": ("mode",)}


@script("reconstruct")
def reconstruct(settings: Settings) -> int:
    """Encodes and decodes images: fig reconstruct --load RUN --images my_pictures --out both.png.

    Each image stands above its reconstruction; a folder gets the reconstructions alone. Without --limit, 32
    images are taken, evenly spread.
    """
    from ..evaluation.own_images import choose_images, in_own_units
    from ..evaluation.session import find_run, open_run
    from ..plots.image_output import images_path, in_rows, write_images
    from ..plots.midi_output import SongFormat

    run, mode = find_run(settings), settings.get("mode", "val")
    out, overwrite, columns = settings.get("out"), settings.get("overwrite"), settings.get("columns")
    opened = open_run(settings, run)
    path = images_path(out, opened.inference.dataset.shape, script="reconstruct", overwrite=overwrite)
    chosen = choose_images(opened, settings.get("images"), mode, settings.get("limit", MOST))
    codes = chosen.encode()
    outputs = opened.inference.decode(codes)
    both = zip(in_rows(chosen.images, columns), in_rows(outputs, columns), strict=True)
    rows = [row for pair in both for row in pair]
    if not path.suffix:
        rows = [outputs]
    elif path.suffix == ".gif":
        rows = [chosen.images, outputs]
    inputs, found = in_own_units(chosen.images, opened), in_own_units(outputs, opened)
    write_images(
        path,
        rows,
        {"inputs": inputs, "images": found, "codes": codes},
        chosen.names,
        songs=SongFormat.of(opened.inference.dataset),
    )
    print(f"{len(outputs):,} reconstructions of {chosen.described}, {run.name}, step {opened.step:,}: {path}")
    return 0
