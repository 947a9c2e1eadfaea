"""`fig traverse`: images of a code of which one latent after the other is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Repeats
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting("images", str, None, "the base image of your own: a picture, or the first of a folder or file"),
    Setting("base", object, None, "the base image of the run's data: its place; else a typical code"),
    Setting("latents", object, None, "the latents that change: 0,3 (all)"),
    Setting("range", str, "quantiles", "quantiles (middle 95 %), std (± 2), minmax, fixed (± 2), or -3,3"),
    Setting("values", Repeats, 9, "how many values of a latent, where these are no codebook entries"),
    Setting(
        "out", str, None, "the file to write: .png, .gif, .npz, .mid of songs, or a folder for a PNG each"
    ),
    "mode",
    "overwrite",
    "seed",
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


@script("traverse")
def traverse(settings: Settings) -> int:
    """Changes one latent at a time: fig traverse --load RUN --latents 0,3 --range=-3,3 --out latents.gif.

    Ranges are those of the codes of a part of the run's data (`--mode`, by default val).
    """
    from ..evaluation.own_images import in_own_units
    from ..evaluation.session import find_run, open_run
    from ..evaluation.traversal import read_traversal
    from ..plots.image_output import images_path, write_images
    from ..plots.midi_output import SongFormat

    run = find_run(settings)
    out, overwrite = settings.get("out"), settings.get("overwrite")
    opened = open_run(settings, run)
    path = images_path(out, opened.inference.dataset.shape, script="traverse", overwrite=overwrite)
    traversal = read_traversal(settings, opened)
    images = traversal.images(opened.inference)
    arrays = {"images": in_own_units(images, opened), "values": traversal.values, "base": traversal.base}
    write_images(
        path,
        list(images),
        {**arrays, "latents": traversal.latents},
        songs=SongFormat.of(opened.inference.dataset),
    )
    print(f"{traversal.described}, {run.name}, step {opened.step:,}: {path}")
    return 0
