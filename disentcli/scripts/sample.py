"""`fig sample`: new images of a trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Count, Width
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting(
        "out", str, None, "the file to write: .png, .gif, .npz, .mid of songs, or a folder for a PNG each"
    ),
    Setting("count", Count, 64, "how many images"),
    Setting("columns", Width, 8, "images in a row of the PNG"),
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


@script("sample")
def sample(settings: Settings) -> int:
    """Draws new images from the run's own sampler: fig sample --load RUN --out samples.png."""
    from ..evaluation.own_images import in_own_units
    from ..evaluation.session import find_run, open_run
    from ..plots.image_output import images_path, in_rows, write_images
    from ..plots.midi_output import SongFormat
    from ..plots.sample_images import draw_samples

    run = find_run(settings)
    out, overwrite, seed = settings.get("out"), settings.get("overwrite"), settings.get("seed")
    count, columns = settings.get("count"), settings.get("columns")
    opened = open_run(settings, run)
    path = images_path(out, opened.inference.dataset.shape, script="sample", overwrite=overwrite)
    images, codes, source = draw_samples(opened.inference, count, seed)
    rows = [images] if path.suffix == ".gif" else in_rows(images, columns)
    write_images(
        path,
        rows,
        {"images": in_own_units(images, opened), "codes": codes},
        songs=SongFormat.of(opened.inference.dataset),
    )
    print(f"{count:,} samples ({source}, seed {seed}) of {run.name}, step {opened.step:,}: {path}")
    return 0
