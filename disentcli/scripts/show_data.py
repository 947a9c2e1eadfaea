"""`fig show-data d/…`: a picture of a dataset, and the sizes of its splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..atomic_io import output_path
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

TAKES = "configs"
NODES = ("dataset", "view", "split")
NEEDS = ("dataset",)
ONLY_WITHOUT = {"verify": ("download",)}
SETTINGS = (
    Setting("out", str, None, "the picture to write (<dataroot>/pictures/<configs>.png)"),
    Setting("verify", bool, False, "read all that is stored of it, or of all datasets, and name damage"),
    "seed",
    "dataroot",
    "download",
    "cat",
    "quiet",
)

PNG = "the picture is a PNG file; give a name that ends in .png"


@script("show-data")
def show_data(settings: Settings) -> int:
    """Draws random samples of a dataset and a row for each factor: fig show-data d/room.

    `--verify` reads all of its bytes instead; without a config those of all datasets that are stored.
    """
    from ..experiment.verification import verify

    out, seed, dataroot = settings.get("out"), settings.get("seed"), settings.get("dataroot")
    quiet = settings.get("quiet")
    if settings.get("verify"):
        return verify(settings, dataroot)
    path = None if out is None else output_path(out, (".png",), PNG, overwrite=True)

    import torch

    from ..experiment.data_setup import DatasetCache, build_data
    from ..plots.dataset_preview import draw_dataset_preview, split_sizes

    data = build_data(settings, DatasetCache(torch.device("cpu")))
    items, splits = data.items, data.splits
    written = draw_dataset_preview(
        items, splits, seed, path or dataroot / "pictures" / _name(settings.configs)
    )
    if not quiet:
        print(f"{items.name}: {len(items):,} items; {split_sizes(splits)}")
        if items.source:
            print(f"source: {items.source}")
    print(written)
    return 0


def _name(configs: list[str]) -> str:
    """A file name that tells these configs apart from others: `view-weak_sprites32.png`."""
    return "_".join(config.removeprefix("d/").replace("/", "-") for config in configs) + ".png"
